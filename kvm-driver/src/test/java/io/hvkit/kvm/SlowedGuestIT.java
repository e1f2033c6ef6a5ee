package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMove.BusyGuest;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** A guest that writes to its memory faster than that is copied. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SlowedGuestIT extends TwoHostsTest {

    /** Takes some tenths of a second to be written to once, by a slow processor too, and one to be copied. */
    private static final int CHURN = 8;

    private static final ByteSize LIMIT = ByteSize.mebibytes(CHURN);
    private static final long ROUNDS = 5;
    private static final Duration LONG = TestHost.PATIENCE.multipliedBy(2);

    @Test
    void a_guest_that_is_waited_for_never_leaves_and_one_that_is_slowed_down_does() throws InterruptedException {
        Disk disk = host.disk(host.pool("shared"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        MachineSpec spec = host.spec(disk, WRITING.dirtyingMemory(CHURN));
        GuestConsole console = startToMove(spec);

        MachineMoveJob waiting = host.machineMigration().start(id(spec), limited(disk, BusyGuest.WAIT_FOR));
        Await.until("rounds over the guest's memory", LONG, () -> {
            assertThat(waiting.await(Duration.ZERO)).as("a verdict before that").isEmpty();
            return said(spec, "Iteration:") >= ROUNDS;
        });
        assertThat(said(spec, "Auto converge throttle:")).isZero();
        waiting.cancel();
        assertThat(waiting.await(TestHost.PATIENCE)).contains(new JobVerdict.Cancelled());

        MachineMoveJob slowing = host.machineMigration().start(id(spec), limited(disk, BusyGuest.SLOW_DOWN));
        Await.until("a guest that is slowed down", LONG, () -> {
            assertThat(slowing.await(Duration.ZERO)).as("a verdict before that").isEmpty();
            return said(spec, "Auto converge throttle:") > 0;
        });
        assertThat(slowing.await(LONG)).contains(SUCCEEDED);

        assertRunsThere(spec, disk, console);
        assertHolds(other.stopAndCheck(spec, TestHost.image(disk)));
    }

    private MachineMove limited(Disk disk, BusyGuest busyGuest) {
        return to(other)
                .with(MachineMove.SharedDisks.VOUCHED_FOR)
                .unlocking(disk.volume(), oldKey)
                .with(busyGuest)
                .limitedTo(LIMIT);
    }

    /** Returns a number of libvirt's statistics of the job; 0 if it does not say it, as it does of what is none. */
    private long said(MachineSpec spec, String what) throws InterruptedException {
        return host.virsh("domjobinfo", spec.name())
                .lines()
                .filter(line -> line.startsWith(what))
                .mapToLong(line -> Long.parseLong(line.substring(what.length()).strip()))
                .findFirst()
                .orElse(0);
    }
}
