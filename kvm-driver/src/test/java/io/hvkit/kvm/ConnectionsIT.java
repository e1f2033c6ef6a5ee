package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.libvirt.DaemonRelay;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What many callers see while the daemon dies, hangs and comes back, and while machines hang. */
@Tag("every-java")
@Tag("drawn")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(180)
class ConnectionsIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(1);
    private static final Duration LIMIT = Duration.ofSeconds(8);
    private static final Duration SOON = Duration.ofSeconds(8);

    private final ExecutorService callers = Executors.newCachedThreadPool();
    private Set<Thread> before = Set.of();
    private DaemonRelay relay;

    @BeforeEach
    void listen() {
        before = Set.copyOf(Thread.getAllStackTraces().keySet());
        relay = DaemonRelay.at(folder.resolve("relay.sock"), HOST.host());
    }

    @AfterEach
    void end() {
        callers.shutdownNow();
        relay.close();
    }

    @Test
    void five_deaths_of_the_daemon_under_load_cost_calls_and_nothing_else() throws Exception {
        Queue<DriverException> failures = new ConcurrentLinkedQueue<>();
        AtomicBoolean enough = new AtomicBoolean();
        try (Secret key = Secret.random()) {
            Disk disk = host.disk(host.pool("pool"), ImageFormat.LUKS, SIZE, List.of(key));
            MachineId machine = host.start(MachineSpec.named("survivor").with(disk));
            List<String> secrets = host.secrets();
            host.hypervisor()
                    .keysFrom(volume -> volume.equals(disk.volume()) ? Optional.of(key.copy()) : Optional.empty());
            List<AtomicInteger> answers =
                    Stream.generate(AtomicInteger::new).limit(8).toList();
            List<Future<Integer>> loads = new ArrayList<>();
            for (AtomicInteger mine : answers) {
                loads.add(callers.submit(() -> ask(machine, enough, mine, failures)));
            }

            for (int i = 0; i < 5; i++) {
                HOST.host().killDaemon();
                HOST.host().startDaemon();
                answers.forEach(each -> each.set(0));
                Await.until(
                        "everybody is answered by the daemon that has come back",
                        TestHost.PATIENCE,
                        () -> answers.stream().allMatch(each -> each.get() > 0));
                host.virsh("domblkerror", machine.value()); // it has the machine again, and not its name alone
            }
            enough.set(true);
            for (Future<Integer> load : loads) {
                assertThat(load.get(60, TimeUnit.SECONDS)).as("answers").isPositive();
            }

            assertThat(failures).allSatisfy(failure -> {
                assertThat(failure.failure()).as(failure.toString()).isEqualTo(Failure.UNREACHABLE);
                assertThat(failure.effect()).isEqualTo(Effect.NOT_APPLIED);
            });
            Await.until(
                    "the secret is back",
                    TestHost.PATIENCE,
                    () -> host.secrets().equals(secrets));
            host.virsh("destroy", machine.value());
            Await.until(
                    "the end is heard of",
                    TestHost.PATIENCE,
                    () -> host.secrets().isEmpty());
        }
    }

    private Integer ask(MachineId machine, AtomicBoolean enough, AtomicInteger answers, Queue<DriverException> failures)
            throws InterruptedException {
        while (!enough.get()) {
            try {
                assertThat(host.hypervisor().find(machine)).isPresent();
                answers.incrementAndGet();
            } catch (DriverException e) {
                failures.add(e);
            }
        }
        return answers.get();
    }

    @Test
    void machines_that_hang_hold_up_calls_about_themselves_alone() throws Exception {
        try (Hypervisor limited = open(HOST.host().uri())) {
            List<MachineId> hung = new ArrayList<>();
            List<Future<DriverException>> stuck = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                hung.add(host.start(MachineSpec.named("hung-" + i).with(plain())));
            }
            signal("STOP", hung);
            try {
                for (MachineId machine : hung) {
                    Disk disk = plain();
                    stuck.add(callers.submit(() ->
                            failureOf(() -> limited.hotPlug().orElseThrow().attach(machine, disk))));
                }
                MachineId other = new MachineId("lively");
                long start = System.nanoTime();
                limited.start(MachineSpec.named(other.value()).with(plain()));
                limited.stop(other, StopMode.POWER_OFF);
                while (System.nanoTime() - start < LIMIT.toNanos() * 3 / 4) { // longer than a silent peer is waited for
                    assertThat(limited.list()).hasSizeGreaterThanOrEqualTo(5);
                }
                for (Future<DriverException> call : stuck) {
                    DriverException failure = call.get(60, TimeUnit.SECONDS);
                    assertThat(failure.failure()).as(failure.toString()).isEqualTo(Failure.TIMED_OUT);
                    assertThat(failure.effect()).isEqualTo(Effect.UNKNOWN);
                }
            } finally {
                signal("CONT", hung);
            }
        }
    }

    @Test
    void a_daemon_that_stops_in_mid_word_costs_nobody_more_than_the_limit() throws Exception {
        long daemon = HOST.host().daemonPid().orElseThrow();
        MachineSpec spec = MachineSpec.named("late").with(plain());
        try (Hypervisor limited = open(HOST.host().uri())) {
            kill("STOP", List.of(daemon));
            try {
                long start = System.nanoTime();
                Future<DriverException> change = callers.submit(() -> failureOf(() -> limited.start(spec)));
                DriverException question = failureOf(limited::list);
                assertThat(question.failure()).isIn(Failure.UNREACHABLE, Failure.TIMED_OUT);
                assertThat(question.effect()).isEqualTo(Effect.NOT_APPLIED);
                assertThat(change.get(60, TimeUnit.SECONDS).failure()).isIn(Failure.UNREACHABLE, Failure.TIMED_OUT);
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LIMIT.plus(SOON));
            } finally {
                kill("CONT", List.of(daemon));
            }
            Await.until("an answer again", TestHost.PATIENCE, () -> answers(limited));
            limited.start(spec);
            assertThat(limited.list()).extracting(Machine::name).containsOnlyOnce("late");
            limited.stop(new MachineId("late"), StopMode.POWER_OFF);
        }
    }

    @Test
    void whoever_waits_for_a_connection_can_be_interrupted_and_leaves_no_thread() throws Exception {
        relay.fallSilent();
        Future<?> opening = callers.submit(() -> {
            assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> open(relayed()));
            return null;
        });
        Await.until("it is being connected", SOON, this::connecting);

        callers.shutdownNow();

        opening.get(SOON.toSeconds(), TimeUnit.SECONDS);
        Await.until(
                "all threads of the connection have ended",
                SOON,
                () -> threads().isEmpty());
    }

    @Test
    void a_connection_that_is_being_made_anew_can_be_closed_at_once() throws Exception {
        Hypervisor lost = open(relayed());
        relay.fallSilent();
        relay.cut();
        Future<Throwable> waiting = callers.submit(() -> catchThrowable(lost::list));
        Await.until("it is being connected", SOON, this::connecting);
        long start = System.nanoTime();

        lost.close();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
        assertThat(waiting.get(SOON.toSeconds(), TimeUnit.SECONDS)).hasMessageContaining("closed");
        Await.until(
                "all threads of the connection have ended",
                SOON,
                () -> threads().isEmpty());
    }

    @Test
    void a_call_that_was_never_sent_says_that_nothing_was_done() throws Exception {
        try (Hypervisor lost = open(relayed())) {
            relay.fallSilent();
            relay.cut();

            DriverException failure =
                    failureOf(() -> lost.start(MachineSpec.named("never").with(plain())));

            assertThat(failure.failure()).isIn(Failure.UNREACHABLE, Failure.TIMED_OUT);
            assertThat(failure.effect()).isEqualTo(Effect.NOT_APPLIED);
            assertThat(host.hypervisor().find(new MachineId("never"))).isEmpty();
        }
    }

    private Disk plain() throws InterruptedException {
        return host.disk(host.pool("pool"), ImageFormat.RAW, SIZE, List.of());
    }

    private interface Deed {
        void carryOut() throws InterruptedException;
    }

    private static DriverException failureOf(Deed deed) {
        DriverException failure = catchThrowableOfType(DriverException.class, deed::carryOut);
        assertThat(failure).as("a failure").isNotNull();
        return failure;
    }

    private static boolean answers(Hypervisor hypervisor) throws InterruptedException {
        try {
            hypervisor.list();
            return true;
        } catch (DriverException e) {
            return false;
        }
    }

    private URI relayed() {
        return URI.create("qemu+unix:///system?socket=" + folder.resolve("relay.sock"));
    }

    private static Hypervisor open(URI uri) throws InterruptedException {
        KvmDriver driver = new KvmDriver();
        Options options =
                Options.parse(driver.options(), Map.of("uri", uri.toString(), "call-limit", LIMIT.toString()));
        return driver.open(TestHost.HOST, HypervisorType.KVM, options);
    }

    private boolean connecting() {
        return threads().stream().anyMatch(thread -> thread.getName().contains("connect"));
    }

    /** Returns the threads of connections that were not there before the test. */
    private List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("hvkit-libvirt") && !before.contains(thread))
                .toList();
    }

    private static void signal(String name, List<MachineId> machines) throws Exception {
        List<Long> pids = new ArrayList<>();
        for (long pid : HOST.host().processes()) {
            String line = commandLine(pid);
            if (machines.stream().anyMatch(machine -> line.contains("guest=" + machine + ","))) {
                pids.add(pid);
            }
        }
        assertThat(pids).hasSameSizeAs(machines);
        kill(name, pids);
    }

    private static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "it ended just now";
        }
    }

    private static void kill(String name, List<Long> pids) throws IOException, InterruptedException {
        List<String> argv = new ArrayList<>(List.of("kill", "-" + name));
        pids.forEach(pid -> argv.add(Long.toString(pid)));
        assertThat(new ProcessBuilder(argv).start().waitFor()).isZero();
    }
}
