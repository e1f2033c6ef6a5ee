package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineControl;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.RestartMode;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.RecordCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Stopping with and without the guest's help, pausing, restarting. */
@Tag("drawn")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LifeCycleIT extends HostedTest {

    private static final Duration SHORT = Duration.ofMillis(200);

    private final Secret key = Secret.random();
    private Disk disk;
    private MachineSpec spec;
    private MachineId machine;

    @BeforeEach
    void prepare() throws InterruptedException {
        disk = host.disk(host.pool("pool"), ImageFormat.LUKS, ByteSize.mebibytes(16), List.of(key));
        spec = host.spec(disk, WRITING);
        machine = new MachineId(spec.name());
    }

    @AfterEach
    void wipe() {
        key.close();
    }

    @Test
    void a_guest_that_listens_shuts_down_and_its_secret_goes() throws Exception {
        host.startWriting(spec, 16);

        host.hypervisor().stop(machine, StopMode.GRACEFUL.within(TestHost.PATIENCE));

        assertThat(host.hypervisor().find(machine)).isEmpty();
        assertThat(host.secrets()).isEmpty();
        assertThat(Files.readString(host.console(spec.name()))).contains("@@ BUTTON");
        requireEveryRecord();
    }

    @Test
    void a_remembered_machine_is_stopped_after_a_graceful_stop() throws InterruptedException {
        host.startWriting(spec.keptAs(Persistence.PERSISTENT), 16);

        host.hypervisor().stop(machine, StopMode.GRACEFUL.within(TestHost.PATIENCE));
        host.hypervisor().stop(machine, StopMode.GRACEFUL);

        assertThat(state()).contains(MachineState.STOPPED);
    }

    @Test
    void a_deaf_guest_runs_on_and_the_call_says_so() throws InterruptedException {
        host.startWriting(deaf(), 16);

        DriverException tooSlow = catchThrowableOfType(
                DriverException.class, () -> host.hypervisor().stop(machine, StopMode.GRACEFUL.within(SHORT)));

        assertThat(tooSlow.failure()).isEqualTo(Failure.TIMED_OUT);
        assertThat(tooSlow).hasMessageContaining("orPowerOff()");
        assertThat(state()).contains(MachineState.RUNNING);
    }

    @Test
    void a_deaf_guest_loses_its_power_if_that_is_wanted_and_no_acknowledged_record() throws Exception {
        host.startWriting(deaf(), 64);

        host.hypervisor().stop(machine, StopMode.GRACEFUL.within(SHORT).orPowerOff());

        assertThat(state()).isEmpty();
        assertThat(host.secrets()).isEmpty();
        requireEveryRecord();
    }

    @Test
    void a_paused_machine_writes_nothing_and_goes_on_when_it_is_resumed() throws InterruptedException {
        GuestConsole console = host.startWriting(spec, 16);

        control().pause(machine);
        control().pause(machine);

        assertThat(state()).contains(MachineState.PAUSED);
        long before = console.acknowledged();
        assertThat(console.acknowledged()).isEqualTo(before);
        control().resume(machine);
        control().resume(machine);
        assertThat(state()).contains(MachineState.RUNNING);
        console.awaitAcknowledged(before + 64, TestHost.PATIENCE);
    }

    @Test
    void a_guest_that_sleeps_is_paused_and_woken_by_resuming_it_and_can_be_stopped() throws Exception {
        spec = told("hv.sleep=1");
        host.start(spec);
        Await.until("the guest sleeps", TestHost.PATIENCE, this::isAsleep);
        assertThat(state()).contains(MachineState.PAUSED);

        control().pause(machine);
        control().resume(machine);
        Await.until("the guest is woken", TestHost.PATIENCE, () -> state().equals(Optional.of(MachineState.RUNNING)));
        Await.until(
                "the guest goes on",
                TestHost.PATIENCE,
                () -> TwoHostsTest.text(host.console(spec.name())).contains("@@ AWAKE 1"));
        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        assertThat(state()).isEmpty();
    }

    @Test
    void a_guest_that_sleeps_loses_its_power_like_any_other() throws Exception {
        spec = told("hv.sleep=1");
        host.start(spec);
        Await.until("the guest sleeps", TestHost.PATIENCE, this::isAsleep);

        host.hypervisor().stop(machine, StopMode.GRACEFUL.within(SHORT).orPowerOff());

        assertThat(state()).isEmpty();
        assertThat(host.secrets()).isEmpty();
    }

    @Test
    void a_machine_that_was_made_anew_while_its_predecessor_shuts_down_runs_on() throws Exception {
        spec = told("hv.button=say");
        host.startWriting(spec, 16);
        CompletableFuture<String> end = new CompletableFuture<>();
        Thread stopping = new Thread(() -> {
            try {
                host.hypervisor()
                        .stop(
                                machine,
                                StopMode.GRACEFUL.within(TestHost.PATIENCE).orPowerOff());
                end.complete("stopped");
            } catch (DriverException | InterruptedException e) {
                end.completeExceptionally(e);
            }
        });
        stopping.start();
        Await.until("the guest is asked", TestHost.PATIENCE, () -> says("@@ BUTTON"));

        try (Hypervisor other = host.connect()) {
            host.virsh("destroy", machine.value());
            other.start(spec);
            stopping.join();

            assertThat(end).isCompletedWithValue("stopped");
            assertThat(state()).contains(MachineState.RUNNING);
        }
    }

    @Test
    void a_reset_boots_the_guest_again_in_the_same_machine() throws Exception {
        host.startWriting(spec, 16);

        control().restart(machine, RestartMode.RESET);

        Await.until("the guest boots a second time", TestHost.PATIENCE, () -> boots() == 2);
        assertThat(state()).contains(MachineState.RUNNING);
    }

    @Test
    void what_does_not_run_cannot_be_paused_resumed_or_restarted() {
        refuses(Failure.NOT_FOUND, () -> control().pause(machine));
        refuses(Failure.NOT_FOUND, () -> control().resume(machine));
        refuses(Failure.NOT_FOUND, () -> control().restart(machine, RestartMode.GRACEFUL));
    }

    private MachineControl control() {
        return host.hypervisor().control().orElseThrow();
    }

    private Optional<MachineState> state() throws InterruptedException {
        return host.hypervisor().find(machine).map(Machine::state);
    }

    private long boots() {
        try (Stream<String> lines = Files.lines(host.console(spec.name()))) {
            return lines.filter(line -> line.startsWith("@@ BOOT")).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void requireEveryRecord() throws InterruptedException {
        RecordCheck check = host.stopAndCheck(spec, TestHost.image(disk));
        assertThat(check.holds()).as(check.toString()).isTrue();
    }

    /** The same machine with a guest that ignores its power button. */
    private MachineSpec deaf() {
        spec = told("hv.button=0");
        return spec;
    }

    private MachineSpec told(String words) {
        KernelBoot boot = spec.kernel().orElseThrow();
        return spec.booting(boot.commandLine(boot.commandLine() + " " + words));
    }

    private boolean says(String line) {
        try {
            return Files.exists(host.console(spec.name()))
                    && Files.readString(host.console(spec.name())).contains(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isAsleep() throws InterruptedException {
        return host.virsh("domstate", machine.value()).contains("pmsuspended");
    }
}
