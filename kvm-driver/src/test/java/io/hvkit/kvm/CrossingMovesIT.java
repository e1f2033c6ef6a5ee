package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.guest.GuestConsole;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two hosts that each send the other a machine at the same time. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CrossingMovesIT extends TwoHostsTest {

    private static final int ROUNDS = Boolean.getBoolean("hvkit.thorough") ? 10 : 2;

    private final ExecutorService both = Executors.newFixedThreadPool(2);
    private final List<Traveller> travellers = new ArrayList<>();

    /** A machine on its way, with an encrypted disk of the host that it is on. */
    private static final class Traveller {

        private final MachineSpec spec;
        private final GuestConsole console;
        private TestHost at;
        private Disk disk;

        Traveller(MachineSpec spec, GuestConsole console, TestHost at, Disk disk) {
            this.spec = spec;
            this.console = console;
            this.at = at;
            this.disk = disk;
        }
    }

    /** A traveller's next station. */
    private record Leg(Traveller who, TestHost to, Disk disk) {

        MachineMoveJob begin() throws InterruptedException {
            return who.at
                    .machineMigration()
                    .start(
                            id(who.spec),
                            TwoHostsTest.to(to).moving(who.disk.volume(), disk).limitedTo(ByteSize.mebibytes(8)));
        }

        void arrived() throws InterruptedException {
            assertThat(who.at.hypervisor().find(id(who.spec)))
                    .as("where it was")
                    .isEmpty();
            assertThat(to.hypervisor().find(id(who.spec)).orElseThrow()).satisfies(machine -> {
                assertThat(machine.state()).isEqualTo(MachineState.RUNNING);
                assertThat(machine.disks()).containsExactly(new MachineDisk(disk.volume(), disk.attachment()));
            });
            who.at = to;
            who.disk = disk;
        }
    }

    @BeforeEach
    void start() throws InterruptedException {
        for (TestHost home : List.of(host, other)) {
            Disk disk = disk(home);
            MachineSpec spec = home.spec(disk, WRITING);
            TestHost away = opposite(home);
            away.undoLater(() -> away.hypervisor().stop(id(spec), StopMode.POWER_OFF));
            travellers.add(new Traveller(spec, home.startWriting(spec, 32), home, disk));
        }
    }

    @AfterEach
    void end() {
        both.shutdownNow();
    }

    @Test
    void machines_meet_on_their_way_and_each_arrives_with_its_keys_and_its_records()
            throws InterruptedException, ExecutionException {
        for (int round = 0; round < ROUNDS; round++) {
            List<Leg> legs = new ArrayList<>();
            for (Traveller each : travellers) {
                TestHost next = opposite(each.at);
                legs.add(new Leg(each, next, disk(next)));
            }
            List<MachineMoveJob> jobs = begun(legs);
            for (MachineMoveJob job : jobs) {
                awaitMoving(job);
            }
            assertThat(jobs)
                    .as("both on their way at once")
                    .allSatisfy(job -> assertThat(job.await(Duration.ZERO)).isEmpty());

            for (MachineMoveJob job : jobs) {
                assertThat(job.await(TestHost.PATIENCE)).contains(SUCCEEDED);
            }
            for (Leg leg : legs) {
                leg.arrived();
            }
            assertThat(host.secrets()).as("this host's secrets").hasSize(1);
            assertThat(other.secrets()).as("the other's secrets").hasSize(1);
        }
        for (Traveller each : travellers) {
            each.console.awaitAcknowledged(each.console.acknowledged() + 64, TestHost.PATIENCE);
            assertHolds(each.at.stopAndCheck(each.spec, TestHost.image(each.disk)));
        }
        assertThat(host.secrets()).isEmpty();
        assertThat(other.secrets()).isEmpty();
    }

    /** Starts all at the same moment, each on a thread of its own. */
    private List<MachineMoveJob> begun(List<Leg> legs) throws InterruptedException, ExecutionException {
        CyclicBarrier barrier = new CyclicBarrier(legs.size());
        List<Callable<MachineMoveJob>> starts = new ArrayList<>();
        for (Leg leg : legs) {
            starts.add(() -> {
                barrier.await();
                return leg.begin();
            });
        }
        List<MachineMoveJob> jobs = new ArrayList<>();
        for (Future<MachineMoveJob> started : both.invokeAll(starts)) {
            jobs.add(started.get());
        }
        return jobs;
    }

    private Disk disk(TestHost at) throws InterruptedException {
        Secret key = at == host ? oldKey : newKey;
        return at.disk(at.pool(at == host ? "here" : "there"), ImageFormat.LUKS, SIZE, List.of(key));
    }

    private TestHost opposite(TestHost one) {
        return one == host ? other : host;
    }
}
