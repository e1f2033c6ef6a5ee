package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.LiveMigration;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestTemplate;

/**
 * What becomes of a machine that moves if a call to one of its two hosts is lost, or the answer: it runs on one host, of which the
 * verdict says nothing wrong; the same move once more ends on the target, and no key stays where the machine is not.
 */
public abstract non-sealed class LostMoveContract extends LossCases {

    private static final Duration LONG = Duration.ofMinutes(2);

    private Hypervisor another;
    private LiveMigration migration;
    private MachineId machine;

    /** Made by JUnit. */
    protected LostMoveContract() {}

    /** Made by JUnit: opens the other host. */
    @BeforeEach
    final void openAnother() throws InterruptedException {
        another = connectionToAnother();
        migration = hypervisor.liveMigration().orElseThrow();
        machine = new MachineId(spec.name());
        undoLaterOnAnother(spec);
    }

    @TestTemplate
    final void what_the_host_that_is_left_says_of_a_move_is_lost() throws InterruptedException {
        movesOnce(HOST, Change.DEPART);
    }

    @TestTemplate
    final void what_the_host_that_is_moved_to_says_is_lost() throws InterruptedException {
        movesOnce(ANOTHER, Change.ARRIVE);
    }

    private void movesOnce(HostId host, Change change) throws InterruptedException {
        int here = keysHeld(HOST);
        int there = keysHeld(ANOTHER);
        Disk source = lockedDisk();
        Disk target = lockedDisk();
        start(MachineSpec.named(spec.name()).with(source));
        MachineMove move = MachineMove.to(another).moving(source.volume(), target);

        lose(host, change, () -> assertTold(migration.start(machine, move).await(LONG), source, target));

        Optional<JobVerdict> again = migration.start(machine, move).await(LONG);
        assertThat(again).get().isInstanceOf(JobVerdict.Succeeded.class);
        assertRuns(another, target);
        assertThat(hypervisor.find(machine)).as("on the host that it left").isEmpty();
        assertThat(keysHeld(HOST)).as("keys where it left").isEqualTo(here);
        assertThat(keysHeld(ANOTHER)).as("keys where it is").isEqualTo(there + keysOf(1));
        start(MachineSpec.named(unique()).with(source));
    }

    /** Requires that a verdict tells where the machine runs, which is never both hosts. */
    private void assertTold(Optional<JobVerdict> verdict, Disk source, Disk target) throws InterruptedException {
        assertThat(verdict).isPresent();
        if (verdict.get() instanceof JobVerdict.Succeeded) {
            assertRuns(another, target);
            assertThat(hypervisor.find(machine)).isEmpty();
        } else if (!(verdict.get() instanceof JobVerdict.Vanished)) {
            assertRuns(hypervisor, source);
            assertThat(another.find(machine)).isEmpty();
        }
    }

    private void assertRuns(Hypervisor on, Disk disk) throws InterruptedException {
        Machine found = on.find(machine).orElseThrow();
        assertThat(found.state()).isEqualTo(MachineState.RUNNING);
        assertThat(found.disks()).containsExactly(place(disk));
    }
}
