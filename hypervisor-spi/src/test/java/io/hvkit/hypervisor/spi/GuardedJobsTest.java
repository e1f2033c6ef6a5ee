package io.hvkit.hypervisor.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.Progress;
import io.hvkit.core.Support;
import io.hvkit.core.VolumeId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What stands between callers and the jobs of a driver. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class GuardedJobsTest {

    private static final HostId HOST = new HostId("h");
    private static final MachineId MACHINE = new MachineId("m");
    private static final Disk DISK =
            Disk.of(new VolumeId("v"), new Attachment.ImageFile(Path.of("/v")), ImageFormat.RAW);
    private static final HypervisorType TYPE = HypervisorType.named("mover", "Mover")
            .offering(HypervisorFeature.LIVE_DISK_MIGRATION, Support.NATIVE)
            .offering(HypervisorFeature.LIVE_MIGRATION, Support.NATIVE);

    private Hypervisor guarded;

    @BeforeEach
    void open() throws InterruptedException {
        SmallDriver driver = new SmallDriver(TYPE) {
            @Override
            public Hypervisor open(HostId host, HypervisorType asked, Options options) {
                return new Mover();
            }
        };
        guarded = HypervisorDrivers.of(List.of(driver))
                .requireAll()
                .forType(TYPE)
                .open(HOST, TYPE, Options.parse(Set.of(), Map.of()));
    }

    @Test
    void what_a_block_job_throws_against_its_contract_is_told_as_a_defect() throws InterruptedException {
        LiveDiskMigration migration = guarded.liveDiskMigration().orElseThrow();

        for (BlockJob job : List.of(
                migration.start(MACHINE, DISK.volume(), DiskMove.to(DISK)),
                migration.find(MACHINE, DISK.volume()).orElseThrow())) {
            defect(job::phase, "broke its contract in blockJob.phase");
            defect(job::progress, "blockJob.progress returned null");
            defect(() -> job.awaitReady(Duration.ZERO), "broke its contract in blockJob.awaitReady");
            defect(() -> job.await(Duration.ZERO), "broke its contract in blockJob.await");
            defect(job::pivot, "broke its contract in blockJob.pivot");
            assertThatExceptionOfType(InterruptedException.class).isThrownBy(job::cancel);
        }
    }

    @Test
    void a_copy_that_holds_up_what_the_guest_writes_is_refused_where_it_is_not_offered() {
        refusesToMove(
                DiskMove.to(DISK).copying(CopyMode.WRITE_BLOCKING), "rather than BACKGROUND", "WRITE_BLOCKING_COPY");
    }

    @Test
    void a_limit_that_moves_share_is_refused_where_it_is_not_offered() {
        refusesToMove(DiskMove.to(DISK).sharing(ByteSize.mebibytes(1)), "by limitedTo", "SHARED_COPY_BANDWIDTH");
    }

    private void refusesToMove(DiskMove move, String wayOut, String feature) {
        LiveDiskMigration migration = guarded.liveDiskMigration().orElseThrow();

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> migration.start(MACHINE, DISK.volume(), move))
                .withMessageContainingAll(wayOut, feature, "host h")
                .satisfies(e -> {
                    assertThat(e.failure()).isEqualTo(Failure.UNSUPPORTED);
                    assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                });
    }

    @Test
    void what_a_move_of_a_machine_throws_against_its_contract_is_told_as_a_defect() throws InterruptedException {
        MachineMoveJob job = guarded.liveMigration().orElseThrow().start(MACHINE, MachineMove.to(guarded));

        defect(job::progress, "machineMoveJob.progress returned null");
        defect(() -> job.await(Duration.ZERO), "broke its contract in machineMoveJob.await");
        assertThatExceptionOfType(InterruptedException.class).isThrownBy(job::cancel);
        MachineMoveJob found =
                guarded.liveMigration().orElseThrow().find(MACHINE, guarded).orElseThrow();
        defect(found::progress, "machineMoveJob.progress returned null");
    }

    private static void defect(ThrowingCallable call, String message) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call)
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.DEFECT));
    }

    /** Begins jobs that do nothing right. */
    private static final class Mover extends SmallHypervisor {

        Mover() {
            super(HOST);
        }

        @Override
        public Features<HypervisorFeature> features() {
            return TYPE.features();
        }

        @Override
        public Optional<LiveDiskMigration> liveDiskMigration() {
            return Optional.of(new LiveDiskMigration() {
                @Override
                public BlockJob start(MachineId machine, VolumeId disk, DiskMove move) {
                    return new BrokenBlockJob();
                }

                @Override
                public Optional<BlockJob> find(MachineId machine, VolumeId disk) {
                    return Optional.of(new BrokenBlockJob());
                }
            });
        }

        @Override
        public Optional<LiveMigration> liveMigration() {
            return Optional.of(new LiveMigration() {
                @Override
                public MachineMoveJob start(MachineId machine, MachineMove move) {
                    return new BrokenMove();
                }

                @Override
                public Optional<MachineMoveJob> find(MachineId machine, Hypervisor target) {
                    return Optional.of(new BrokenMove());
                }
            });
        }
    }

    private static final class BrokenBlockJob implements BlockJob {

        @Override
        public BlockJobPhase phase() {
            throw new IllegalStateException("no idea");
        }

        @Override
        public Progress progress() {
            return SmallDriver.nothing();
        }

        @Override
        public BlockJobPhase awaitReady(Duration limit) {
            throw new NoSuchMethodError("no idea");
        }

        @Override
        public Optional<JobVerdict> await(Duration limit) {
            throw new IllegalStateException("no idea");
        }

        @Override
        public void pivot() {
            throw new AssertionError("no idea");
        }

        @Override
        public void cancel() throws InterruptedException {
            throw new InterruptedException("enough");
        }
    }

    private static final class BrokenMove implements MachineMoveJob {

        @Override
        public Progress progress() {
            return SmallDriver.nothing();
        }

        @Override
        public Optional<JobVerdict> await(Duration limit) {
            throw new IllegalStateException("no idea");
        }

        @Override
        public void cancel() throws InterruptedException {
            throw new InterruptedException("enough");
        }
    }
}
