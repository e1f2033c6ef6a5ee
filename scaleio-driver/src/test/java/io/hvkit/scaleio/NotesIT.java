package io.hvkit.scaleio;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.VolumeId;
import io.hvkit.powerflex.simulator.control.Fault;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeLimits;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import io.hvkit.testkit.Await;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Two processes note something about a volume at the same moment. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class NotesIT {

    private static final HostId HOST = new HostId(Simulated.HOSTS.get(0));
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final VolumeLimits SOME = VolumeLimits.none().iops(500);

    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private Simulated array;
    private StoragePool one;
    private StoragePool other;
    private VolumeId disk;

    @BeforeEach
    void start() throws InterruptedException {
        array = Simulated.start(GatewayVersion.V4_5);
        one = array.open();
        other = array.open();
        disk = one.create(CreateVolume.blank("disk", ByteSize.gibibytes(8))).id();
        one.attach(disk, VolumeUse.by(HOST));
        one.attach(disk, VolumeUse.by(HOST).because(Reason.COPY));
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
        one.close();
        other.close();
        array.close();
    }

    private Future<?> detaching() {
        return threads.submit((Callable<VolumeId>) () -> {
            one.detach(disk, HOST, Reason.COPY);
            return disk;
        });
    }

    private void await(String operation, long count) throws InterruptedException {
        Await.until(operation, PATIENCE, () -> array.system().calls().of(operation) >= count);
    }

    @Test
    void what_is_written_before_the_sheet_loses_its_name_keeps_the_sheet()
            throws InterruptedException, ExecutionException {
        array.system().calls().clear();
        array.system().faults().add(Fault.at("setVolumeName").slowBy(Duration.ofMillis(1500)));
        Future<?> detached = detaching();
        await("setVolumeName", 1); // the sheet is empty, and about to go

        other.limits().orElseThrow().set(disk, SOME);
        detached.get();

        assertThat(one.limits().orElseThrow().of(disk)).isEqualTo(SOME);
        assertThat(other.limits().orElseThrow().of(disk)).isEqualTo(SOME);
        assertThat(one.uses(disk)).containsExactly(VolumeUse.by(HOST));
    }

    @Test
    void what_is_written_on_a_sheet_that_goes_is_written_again_on_another()
            throws InterruptedException, ExecutionException {
        array.system().calls().clear();
        array.system().faults().add(Fault.at("snapshotVolumes").slowBy(Duration.ofMillis(1500)));
        Future<VolumeLimits> limited =
                threads.submit(() -> other.limits().orElseThrow().set(disk, SOME));
        await("snapshotVolumes", 1); // the sheet was found, and is about to be written on

        one.detach(disk, HOST, Reason.COPY);
        limited.get();

        assertThat(one.limits().orElseThrow().of(disk)).isEqualTo(SOME);
        assertThat(one.uses(disk)).containsExactly(VolumeUse.by(HOST));
        one.detach(disk, HOST);
        one.delete(disk);
        assertThat(array.volumesOfTheArray()).as("nothing is left").isZero();
    }

    @Test
    void a_sheet_that_a_process_left_without_its_name_is_found() throws InterruptedException {
        array.system()
                .faults()
                .add(Fault.at("removeVolume").slowBy(Duration.ZERO).times(2));
        array.system().faults().add(Fault.at("removeVolume").answering(503).times(5));
        Refused.as(Failure.UNREACHABLE).unknown().saying("503", () -> {
            one.detach(disk, HOST, Reason.COPY); // its notes went, and its sheet has another name
            return disk;
        });

        other.limits().orElseThrow().set(disk, SOME);

        assertThat(one.limits().orElseThrow().of(disk)).isEqualTo(SOME);
        one.detach(disk, HOST);
        one.delete(disk);
        assertThat(array.volumesOfTheArray()).as("nothing is left").isZero();
    }

    @Test
    void two_who_note_at_the_same_time_lose_nothing() throws InterruptedException, ExecutionException {
        for (int i = 0; i < 4; i++) {
            Future<?> copying = threads.submit((Callable<VolumeId>) () -> {
                one.detach(disk, HOST, Reason.COPY);
                one.attach(disk, VolumeUse.by(HOST).because(Reason.COPY));
                one.detach(disk, HOST, Reason.COPY);
                return disk;
            });
            VolumeLimits limits = VolumeLimits.none().iops(100 + i);
            Future<VolumeLimits> limited = threads.submit(() -> {
                other.limits().orElseThrow().set(disk, VolumeLimits.none());
                return other.limits().orElseThrow().set(disk, limits);
            });
            copying.get();
            limited.get();
            assertThat(one.limits().orElseThrow().of(disk)).as("round %d", i).isEqualTo(limits);
            assertThat(one.uses(disk)).as("round %d", i).containsExactly(VolumeUse.by(HOST));
        }
    }
}
