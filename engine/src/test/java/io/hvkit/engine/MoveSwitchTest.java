package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes between a copy that is ready and its switch: a cancel, or silence. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MoveSwitchTest {

    private static final long CONTENT = 0x1a57c411;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path directory;

    private MoveWorld world;
    private HvKit hvkit;
    private VolumeRecord volume;

    @BeforeEach
    void open() throws Exception {
        world = new MoveWorld(directory);
        volume = world.running(
                VolumeRequest.blank("data", MoveWorld.SIZE, world.from.id()).encrypted(), CONTENT);
        hvkit = world.process(Fuse.counting());
    }

    @AfterEach
    void close() {
        hvkit.close();
        world.catalog.close();
    }

    @Test
    void a_copy_that_is_ready_when_a_cancel_comes_is_ended_and_the_volume_is_where_it_was() throws Exception {
        world.hosts.whenReady(this::cancel);

        Job<VolumeRecord> move =
                hvkit.volumes().move(MoveRequest.of(volume.id(), world.to.id()).copied());

        JobEnd<VolumeRecord> end = move.await(PATIENCE);
        assertThat(end).isInstanceOf(JobEnd.Stopped.class);
        assertThat(((JobEnd.Stopped<VolumeRecord>) end).leftovers()).isEmpty();
        assertThat(world.record(volume).place()).isEqualTo(volume.place());
        world.checkThatAllAgree(volume, CONTENT, "cancelled");
    }

    @Test
    void a_copy_that_is_ready_when_its_host_cannot_be_asked_to_switch_is_ended_and_the_volume_is_where_it_was()
            throws Exception {
        world.hosts.whenReady(() -> world.hosts.beSilent(1));

        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> hvkit.volumes()
                        .move(MoveRequest.of(volume.id(), world.to.id()).copied())
                        .await());

        assertThat(e.failure()).isEqualTo(Failure.UNREACHABLE);
        assertThat(world.record(volume).place()).isEqualTo(volume.place());
        world.checkThatAllAgree(volume, CONTENT, "not asked");
    }

    @Test
    void a_copy_that_could_not_be_ended_is_ended_before_what_it_writes_to_is_tidied_up() throws Exception {
        world.hosts.whenReady(() -> world.hosts.beSilent(2));

        JobEnd<VolumeRecord> end = hvkit.volumes()
                .move(MoveRequest.of(volume.id(), world.to.id()).copied())
                .await(PATIENCE);

        assertThat(((JobEnd.Stopped<VolumeRecord>) end).leftovers())
                .anySatisfy(left -> assertThat(left).contains("copy"));
        assertThat(world.record(volume).state()).isEqualTo(VolumeRecord.State.MOVING);
        hvkit.volumes().tidy(volume.id()).await();
        world.checkThatAllAgree(volume, CONTENT, "tidied up");
    }

    private void cancel() {
        try {
            JobEnd<?> unused = hvkit.jobs()
                    .find(hvkit.jobs().open().get(0).id())
                    .orElseThrow()
                    .cancel(Duration.ZERO);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
