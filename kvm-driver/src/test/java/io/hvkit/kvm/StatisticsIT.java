package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskStatistics;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.MachineStatistics;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.hypervisor.spi.Statistics;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StatisticsIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(16);
    private static final MacAddress MAC = new MacAddress("52:54:00:c0:57:a7");
    private static final int MANY = 20;

    private StoragePool pool;
    private Disk disk;
    private Statistics statistics;

    @BeforeEach
    void prepare() throws InterruptedException {
        pool = host.pool("pool");
        disk = host.disk(pool, ImageFormat.QCOW2, SIZE, List.of());
        statistics = host.hypervisor().statistics().orElseThrow();
    }

    @Test
    void all_machines_of_a_host_are_measured_in_one_call() throws Exception {
        MachineId ours = host.start(host.spec(disk, GuestWork.idle()));
        for (int i = 0; i < MANY; i++) {
            define("foreign-" + i);
        }
        try (CallCounter counter = new CallCounter(
                        folder.resolve("s"), HOST.host().folder().resolve("run/libvirt-sock"));
                Hypervisor counted = connect(folder.resolve("s"))) {
            Statistics measuring = counted.statistics().orElseThrow();
            assertThat(measuring.ofAll()).hasSize(MANY + 1); // learns which device is what
            assertThat(counter.taken()).isPositive();

            List<MachineStatistics> all = measuring.ofAll();

            assertThat(counter.taken()).isEqualTo(1);
            assertThat(all).hasSize(MANY + 1);
            assertThat(of(ours, all).disk(disk.volume())).isPresent();
            assertThat(of(new MachineId("foreign-7"), all)).satisfies(foreign -> {
                assertThat(foreign.state()).isEqualTo(MachineState.STOPPED);
                assertThat(foreign.disks()).isEmpty();
                assertThat(foreign.cpuTime()).isEmpty();
            });
        }
    }

    @Test
    void numbers_grow_as_the_guest_writes() throws InterruptedException {
        bridge("hvkit-t3");
        MachineSpec spec =
                host.spec(disk, WRITING).with(Nic.onBridge("hvkit-t3").addressed(MAC));
        MachineId machine = new MachineId(spec.name());
        GuestConsole console = host.startWriting(spec, 16);
        long safe = console.acknowledged();

        MachineStatistics early = statistics.of(machine).orElseThrow();
        console.awaitAcknowledged(console.acknowledged() + 64, TestHost.PATIENCE);
        MachineStatistics late = of(machine, statistics.ofAll());

        assertThat(early.state()).isEqualTo(MachineState.RUNNING);
        assertThat(written(early)).isGreaterThanOrEqualTo(safe * 4096);
        assertThat(written(late)).isGreaterThanOrEqualTo(written(early) + 48 * 4096);
        assertThat(late.cpuTime().orElseThrow()).isGreaterThan(early.cpuTime().orElseThrow());
        assertThat(late.measuredAt()).isAfter(early.measuredAt());
        assertThat(late.memory()).hasValueSatisfying(memory -> {
            assertThat(memory.most()).isEqualTo(spec.memory());
            assertThat(memory.onHost())
                    .hasValueSatisfying(held -> assertThat(held).isGreaterThan(ByteSize.ZERO));
            assertThat(memory.unusedByGuest()).isEmpty(); // it has no balloon
        });
        DiskStatistics on = late.disk(disk.volume()).orElseThrow();
        assertThat(on.capacity()).contains(SIZE);
        assertThat(on.allocation().orElseThrow().bytes()).isGreaterThan(safe * 4096);
        assertThat(on.physical().orElseThrow().bytes())
                .isLessThanOrEqualTo(TestHost.file(disk).toFile().length());
        assertThat(late.nics()).hasSize(1);
        assertThat(late.nic(MAC)).isPresent();
    }

    @Test
    void a_machine_that_hangs_does_not_hold_up_the_others() throws InterruptedException {
        Disk other = host.disk(pool, ImageFormat.RAW, SIZE, List.of());
        MachineId well = host.start(host.spec(disk, GuestWork.idle()));
        MachineId hung = host.start(host.spec(other, GuestWork.idle()));
        long process = process(hung);
        run("kill", "-STOP", Long.toString(process));
        try {
            for (int i = 0; i < 4; i++) {
                Instant asked = Instant.now();
                List<MachineStatistics> all = statistics.ofAll();

                assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofSeconds(30));
                assertThat(of(well, all).disk(disk.volume()).flatMap(DiskStatistics::written))
                        .isPresent();
                assertThat(of(hung, all).state()).isEqualTo(MachineState.RUNNING);
                assertThat(of(hung, all).cpuTime()).isPresent();
                assertThat(of(hung, all).disk(other.volume()).flatMap(DiskStatistics::written))
                        .isEmpty();
            }
            assertThat(statistics.of(hung)).isPresent();
        } finally {
            run("kill", "-CONT", Long.toString(process));
        }

        Await.until(
                "the counters of what hung",
                TestHost.PATIENCE,
                () -> of(hung, statistics.ofAll())
                        .disk(other.volume())
                        .flatMap(DiskStatistics::written)
                        .isPresent());
    }

    @Test
    void machines_that_come_and_go_meanwhile_disturb_nothing() throws Exception {
        MachineSpec spec = host.spec(disk, GuestWork.idle());
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Integer> asking = CompletableFuture.supplyAsync(() -> measuredUntil(over));
        for (int i = 0; i < 3; i++) {
            MachineId id = host.start(spec);
            host.hypervisor().stop(id, StopMode.POWER_OFF);
        }
        over.set(true);

        assertThat(asking.get()).isPositive();
    }

    private int measuredUntil(AtomicBoolean over) {
        int times = 0;
        try {
            while (!over.get()) {
                assertThat(statistics.ofAll()).hasSizeLessThanOrEqualTo(1);
                times++;
            }
            return times;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static MachineStatistics of(MachineId id, List<MachineStatistics> all) {
        return all.stream().filter(each -> each.machine().equals(id)).findAny().orElseThrow();
    }

    private long written(MachineStatistics measured) {
        return measured.disk(disk.volume())
                .flatMap(DiskStatistics::written)
                .map(traffic -> traffic.bytes().bytes())
                .orElse(-1L);
    }

    private static Hypervisor connect(Path socket) throws InterruptedException {
        KvmDriver driver = new KvmDriver();
        Options options = Options.parse(driver.options(), Map.of("uri", "qemu+unix:///system?socket=" + socket));
        return driver.open(TestHost.HOST, HypervisorType.KVM, options);
    }

    /** Makes a machine as others do, without anything of ours. */
    private void define(String name) throws InterruptedException {
        Path xml = folder.resolve(name + ".xml");
        try {
            Files.writeString(
                    xml,
                    "<domain type='qemu'><name>" + name + "</name><memory>65536</memory><os><type>hvm</type></os>"
                            + "<devices><disk type='file' device='disk'><source file='/no/disk'/>"
                            + "<target dev='vda' bus='virtio'/></disk></devices></domain>");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        host.virsh("define", xml.toString());
        host.undoLater(() -> host.virsh("undefine", name));
    }

    private static long process(MachineId machine) throws InterruptedException {
        return HOST.host().processes().stream()
                .filter(pid -> commandLine(pid)
                        .filter(line -> line.contains("guest=" + machine + ","))
                        .isPresent())
                .findFirst()
                .orElseThrow();
    }

    private static Optional<String> commandLine(long pid) {
        try {
            return Optional.of(Files.readString(Path.of("/proc", Long.toString(pid), "cmdline")));
        } catch (IOException e) {
            return Optional.empty(); // it has ended
        }
    }

    private void bridge(String name) throws InterruptedException {
        run("ip", "link", "add", name, "type", "bridge");
        host.undoLater(() -> run("ip", "link", "delete", name));
    }

    private static void run(String... argv) throws InterruptedException {
        CommandResult result = CommandRunner.local().run(Command.of(argv));
        assertThat(result.exitCode()).as(result.errors()).isZero();
    }
}
