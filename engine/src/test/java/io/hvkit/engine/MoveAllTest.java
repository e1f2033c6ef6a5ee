package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeMoves;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several volumes move at once. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MoveAllTest {

    private static final long CONTENT = 0x0ddba11;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final ByteSize LIMIT = ByteSize.mebibytes(20);
    private static final int STRIDE = 4;

    @TempDir
    private Path directory;

    private MoveWorld world;
    private HvKit hvkit;
    private VolumeRecord running;
    private VolumeRecord resting;

    @BeforeEach
    void open() throws Exception {
        world = new MoveWorld(directory);
        running = world.running(request("data"), CONTENT);
        resting = world.resting(request("logs"), CONTENT + 1);
        hvkit = world.process(Fuse.counting());
    }

    @AfterEach
    void close() {
        hvkit.close();
        world.catalog.close();
    }

    @Test
    void one_under_its_machine_and_one_at_rest_move_together() throws Exception {
        VolumeMoves moves = hvkit.volumes().moveAll(List.of(to(running), to(resting)));

        VolumeMoves.Result result = moves.await(PATIENCE);

        assertThat(result.isAllDone()).as(result.toString()).isTrue();
        assertThat(result.ends()).containsOnlyKeys(running.id(), resting.id());
        for (VolumeRecord volume : List.of(running, resting)) {
            VolumeRecord moved = world.record(volume);
            assertThat(moved.place().pool()).isEqualTo(world.to.id());
            assertThat(moved.second()).isEmpty();
        }
        assertThat(FileBackedStorage.read(world.storage.file(MoveWorld.external(world.record(running)))))
                .isEqualTo(CONTENT);
        assertThat(FileBackedStorage.read(world.storage.file(MoveWorld.external(world.record(resting)))))
                .isEqualTo(CONTENT + 1);
    }

    @Test
    void two_disks_of_one_machine_move_together_and_its_host_is_asked_about_it_by_one_at_a_time() throws Exception {
        VolumeRecord other = world.plugged(request("more"), CONTENT + 3);
        world.hosts.begin(Duration.ofMillis(200));

        VolumeMoves.Result result =
                hvkit.volumes().moveAll(List.of(to(running), to(other))).await(PATIENCE);

        assertThat(result.isAllDone()).as(result.toString()).isTrue();
        assertThat(world.hosts.mostAtOnce()).isEqualTo(1);
        assertThat(FileBackedStorage.read(world.storage.file(MoveWorld.external(world.record(other)))))
                .isEqualTo(CONTENT + 3);
    }

    @Test
    void disks_of_one_machine_share_a_limit_and_a_volume_at_rest_has_it_by_itself() throws Exception {
        VolumeRecord other = world.plugged(request("more"), CONTENT + 3);

        VolumeMoves.Result result = hvkit.volumes()
                .moveAll(Stream.of(running, other, resting)
                        .map(volume -> to(volume).limitedTo(LIMIT))
                        .toList())
                .await(PATIENCE);

        assertThat(result.isAllDone()).as(result.toString()).isTrue();
        assertThat(world.hosts.limits()).containsExactly(Optional.of(LIMIT), Optional.of(LIMIT));
        assertThat(world.storage.limits()).containsExactly(Optional.of(LIMIT));
        assertThat(hvkit.volumes()
                        .moveAll(List.of(back(running), back(resting)))
                        .await(PATIENCE)
                        .isAllDone())
                .isTrue();
        assertThat(world.hosts.limits()).last().isEqualTo(Optional.empty());
        assertThat(world.storage.limits()).last().isEqualTo(Optional.empty());
    }

    @Test
    void an_engine_that_takes_a_copy_over_says_the_limit_again() throws Exception {
        Fuse whole = Fuse.counting();
        assertThat(limits(whole)).containsOnly(Optional.of(LIMIT)).hasSize(1);
        int takenOver = 0;
        for (int moment = 1; moment < whole.moments(); moment += STRIDE) {
            List<Optional<ByteSize>> limits = limits(Fuse.burningAt(moment));
            assertThat(limits).as("died at moment %d", moment).allMatch(Optional.of(LIMIT)::equals);
            takenOver += limits.size() > 1 ? 1 : 0;
        }
        assertThat(takenOver).isPositive();
    }

    /** Returns what hosts were told by an engine that dies and by the one that takes over. */
    private List<Optional<ByteSize>> limits(Fuse fuse) throws Exception {
        MoveWorld mortal = new MoveWorld(Files.createTempDirectory(directory, "mortal"));
        VolumeRecord volume = mortal.running(
                VolumeRequest.blank("data", MoveWorld.SIZE, mortal.from.id()).encrypted(), CONTENT);
        OlderJournalTest.alive(
                mortal.process(fuse),
                engine -> engine.volumes()
                        .move(MoveRequest.of(volume.id(), mortal.to.id())
                                .copied()
                                .limitedTo(LIMIT))
                        .await());
        mortal.waitForLeases();
        assertThat(mortal.recover().with(RecoveryReport.Verdict.HALTED)).isEmpty();
        return mortal.hosts.limits();
    }

    @Test
    void a_limit_that_a_host_cannot_keep_to_is_refused_before_anything_is_made() throws Exception {
        world.hosts.lack(HypervisorFeature.SHARED_COPY_BANDWIDTH);

        VolumeMoves.Result result = hvkit.volumes()
                .moveAll(List.of(to(running).limitedTo(LIMIT), to(resting).limitedTo(LIMIT)))
                .await(PATIENCE);

        assertThat(stopped(result, running.id())).isEqualTo(Failure.UNSUPPORTED);
        assertThat(result.toString()).contains("leave the limit out");
        assertThat(result.ends().get(resting.id())).isInstanceOf(JobEnd.Done.class);
        assertThat(world.record(running)).isEqualTo(running);
        assertThat(hvkit.volumes().move(to(running)).await().place().pool()).isEqualTo(world.to.id());
        assertThatIllegalArgumentException().isThrownBy(() -> to(running).limitedTo(ByteSize.ZERO));
    }

    @Test
    void each_is_told_of_by_itself_when_some_cannot_be_begun_or_fail() throws Exception {
        VolumeRecord busy = world.resting(request("busy"), CONTENT + 2);
        RecordId<VolumeRecord> absent = RecordId.random();
        world.hosts.take(CopyingHosts.Course.ENDLESS);
        Job<VolumeRecord> before = hvkit.volumes().move(to(running));
        awaitCopy(before);

        VolumeMoves moves = hvkit.volumes()
                .moveAll(List.of(
                        to(running),
                        to(resting),
                        MoveRequest.of(absent, world.to.id()).copied(),
                        MoveRequest.of(busy.id(), world.from.id()).copied()));
        VolumeMoves.Result result = moves.await(PATIENCE);

        assertThat(result.isAllDone()).isFalse();
        assertThat(result.refused()).containsOnlyKeys(running.id());
        assertThat(of(result.refused(), running).failure()).isEqualTo(Failure.OPERATION_PENDING);
        assertThat(result.ends().get(resting.id())).isInstanceOf(JobEnd.Done.class);
        assertThat(stopped(result, absent)).isEqualTo(Failure.NOT_FOUND);
        assertThat(stopped(result, busy.id())).isEqualTo(Failure.INVALID_REQUEST);
        before.cancel(PATIENCE);
    }

    @Test
    void a_cancel_reaches_all_that_have_not_ended_and_says_what_came_of_each() throws Exception {
        world.hosts.take(CopyingHosts.Course.ENDLESS);
        VolumeMoves moves = hvkit.volumes().moveAll(List.of(to(resting), to(running)));
        awaitCopy(of(moves.jobs(), running));
        of(moves.jobs(), resting).await();

        VolumeMoves.Result result = moves.cancel(PATIENCE);

        assertThat(result.ends().get(resting.id())).isInstanceOf(JobEnd.Done.class);
        assertThat(result.ends().get(running.id())).isInstanceOf(JobEnd.Stopped.class);
        assertThat(world.record(running).place()).isEqualTo(running.place());
        assertThat(world.record(running).state()).isEqualTo(VolumeRecord.State.READY);
    }

    @Test
    void asked_again_under_the_same_key_it_is_the_same_jobs() throws Exception {
        List<MoveRequest> wanted = new ArrayList<>(List.of(to(running), to(resting)));
        String key = "k".repeat(128);
        VolumeMoves first = hvkit.volumes().under(key).moveAll(wanted);
        assertThat(first.await(PATIENCE).isAllDone()).isTrue();
        wanted.add(0, wanted.remove(1));

        VolumeMoves again = hvkit.volumes().under(key).moveAll(wanted);

        assertThat(ids(again)).isEqualTo(ids(first));
        assertThat(again.await(PATIENCE).isAllDone()).isTrue();
    }

    @Test
    void one_volume_is_asked_for_once_and_nothing_is_begun_otherwise() throws Exception {
        DriverException refused = catchThrowableOfType(
                DriverException.class, () -> hvkit.volumes().moveAll(List.of(to(resting), to(running), to(resting))));

        assertThat(refused.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(refused).hasMessageContaining(resting.id().value());
        assertThat(hvkit.jobs().open()).isEmpty();
        assertThat(hvkit.volumes().moveAll(List.of()).await(Duration.ZERO).isAllDone())
                .isTrue();
    }

    private static void awaitCopy(Job<VolumeRecord> job) throws InterruptedException {
        CountDownLatch copies = new CountDownLatch(1);
        job.onProgress(progress -> copies.countDown());
        assertThat(copies.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    private static Failure stopped(VolumeMoves.Result result, RecordId<VolumeRecord> volume) {
        return ((JobEnd.Stopped<VolumeRecord>)
                        Optional.ofNullable(result.ends().get(volume)).orElseThrow())
                .fault()
                .orElseThrow()
                .failure();
    }

    private static <T> T of(Map<RecordId<VolumeRecord>, T> each, VolumeRecord volume) {
        return Optional.ofNullable(each.get(volume.id())).orElseThrow();
    }

    private static List<String> ids(VolumeMoves moves) {
        return moves.jobs().entrySet().stream()
                .map(Map.Entry::getValue)
                .map(job -> job.id().value())
                .toList();
    }

    private VolumeRequest request(String name) {
        return VolumeRequest.blank(name, ByteSize.mebibytes(2), world.from.id()).encrypted();
    }

    private MoveRequest back(VolumeRecord volume) {
        return MoveRequest.of(volume.id(), world.from.id()).copied();
    }

    private MoveRequest to(VolumeRecord volume) {
        return MoveRequest.of(volume.id(), world.to.id()).copied();
    }
}
