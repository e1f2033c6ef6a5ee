package io.hvkit.qemu.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Progress;
import io.hvkit.qemu.Await;
import io.hvkit.qemu.Disks;
import io.hvkit.qemu.Image;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Jobs on real images in a real daemon; what they did is read back by another program when the daemon is gone. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BlockJobIT extends DaemonCase {

    private static final Duration SOON = Duration.ofMillis(50);
    private static final ByteSize SLOW = ByteSize.kibibytes(64);

    /** Starts a copy that would take minutes. */
    private BlockJob slowCopy(String target) throws Exception {
        return daemon.jobs()
                .mirror(MirrorRequest.of(
                                daemon.openReadOnly(Image.raw(source)), daemon.open(Image.raw(empty(target, SIZE))))
                        .named("slow")
                        .atMost(SLOW));
    }

    @Test
    void a_mirror_copies_all_and_is_the_same_when_the_daemon_is_gone() throws Exception {
        Image target = qcow2("target");
        List<Progress> heard = new ArrayList<>();
        BlockJob copy = daemon.jobs()
                .mirror(MirrorRequest.of(daemon.openReadOnly(Image.raw(source)), daemon.open(target))
                        .writing(MirrorRequest.CopyMode.WRITE_BLOCKING));
        JobStatus ready = copy.awaitReady(LIMIT, heard::add);
        assertThat(ready.state()).isEqualTo(JobState.READY);
        assertThat(ready.type()).isEqualTo("mirror");
        copy.complete();
        copy.await(LIMIT).orThrow();
        assertThat(copy.await(LIMIT)).isEqualTo(new JobConclusion.Succeeded());
        assertThat(daemon.jobs().find(copy.id())).isPresent();
        copy.dismiss();
        copy.dismiss();
        assertThat(copy.status()).isEmpty();
        assertThat(heard).isNotEmpty().allMatch(p -> p.phase().equals("mirror"));
        assertThat(heard).isSortedAccordingTo((a, b) -> a.done().compareTo(b.done()));
        end();
        assertThat(qemuImg.compare(Image.raw(source), target).isIdentical()).isTrue();
    }

    @Test
    void a_ready_mirror_may_be_left_as_a_copy_of_the_moment() throws Exception {
        Image target = Image.raw(empty("target", SIZE));
        BlockJob copy =
                daemon.jobs().mirror(MirrorRequest.of(daemon.openReadOnly(Image.raw(source)), daemon.open(target)));
        copy.awaitReady(LIMIT);
        copy.finishWithoutPivot();
        assertThat(copy.await(LIMIT)).isEqualTo(new JobConclusion.Succeeded());
        end();
        assertThat(qemuImg.compare(Image.raw(source), target).isIdentical()).isTrue();
    }

    @Test
    void a_ready_mirror_that_is_cancelled_did_not_succeed() throws Exception {
        BlockJob copy = daemon.jobs()
                .mirror(MirrorRequest.of(
                        daemon.openReadOnly(Image.raw(source)), daemon.open(Image.raw(empty("target", SIZE)))));
        copy.awaitReady(LIMIT);
        copy.cancel();
        assertThat(copy.await(LIMIT)).isEqualTo(new JobConclusion.Cancelled());
        assertThat(copy.status().orElseThrow().error()).contains("Operation canceled");
    }

    @Test
    void files_and_formats_are_made_by_jobs_that_keep_their_error() throws Exception {
        Path path = directory.resolve("made");
        daemon.jobs()
                .create(BlockCreateRequest.file(path, ByteSize.ZERO))
                .await(LIMIT)
                .orThrow();
        BlockNode node = daemon.open(Image.raw(path));
        JobConclusion conclusion = daemon.jobs()
                .create(BlockCreateRequest.of(ImageFormat.QCOW2, node, ByteSize.tebibytes(4_000_000)))
                .await(LIMIT);
        assertThat(conclusion).isInstanceOf(JobConclusion.Failed.class);
        assertThatThrownBy(conclusion::orThrow)
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("the job failed: ");
        BlockJob format = daemon.jobs()
                .create(BlockCreateRequest.of(ImageFormat.QCOW2, node, SIZE).named("format"));
        assertThat(format.await(LIMIT)).isEqualTo(new JobConclusion.Succeeded());
        assertThat(daemon.jobs().list()).hasSize(3).allMatch(job -> job.state() == JobState.CONCLUDED);
        for (ImageFormat unfit : List.of(ImageFormat.RAW, ImageFormat.LUKS)) {
            assertThatThrownBy(() -> BlockCreateRequest.of(unfit, node, SIZE)).isInstanceOf(DriverException.class);
        }
        end();
        assertThat(qemuImg.info(Image.qcow2(path)).virtualSize()).isEqualTo(SIZE);
    }

    @Test
    void a_target_of_another_size_fails_the_job_and_the_reason_stays_readable() throws Exception {
        BlockJob copy = daemon.jobs()
                .mirror(MirrorRequest.of(
                        daemon.openReadOnly(Image.raw(source)),
                        daemon.open(Image.raw(empty("small", ByteSize.mebibytes(1))))));
        JobConclusion expected =
                new JobConclusion.Failed(Failure.INVALID_REQUEST, "Source and target image have different sizes");
        assertThat(copy.await(LIMIT)).isEqualTo(expected);
        DriverException e = catchThrowableOfType(DriverException.class, () -> copy.awaitReady(LIMIT));
        assertThat(e).hasMessageContaining("different sizes");
        assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
        try (QmpClient other = daemon.connect(LIMIT)) {
            BlockJob found = BlockJobs.of(other).find(copy.id()).orElseThrow();
            assertThat(found.await(LIMIT)).isEqualTo(expected);
            found.dismiss();
        }
        assertThat(copy.await(LIMIT)).isInstanceOf(JobConclusion.Vanished.class);
    }

    @Test
    void a_full_disk_fails_the_job_as_exhausted() throws Exception {
        Path small = Files.createDirectory(directory.resolve("small"));
        Disks.run("mount", "-t", "tmpfs", "-o", "size=2M", "none", small.toString());
        try {
            Path target = small.resolve("target");
            Disks.run("truncate", "-s", Long.toString(SIZE.bytes()), target.toString());
            BlockJob copy = daemon.jobs()
                    .mirror(MirrorRequest.of(daemon.openReadOnly(Image.raw(source)), daemon.open(Image.raw(target))));
            assertThat(copy.await(LIMIT))
                    .isEqualTo(new JobConclusion.Failed(Failure.EXHAUSTED, "No space left on device"));
        } finally {
            end();
            Disks.run("umount", small.toString());
        }
    }

    @Test
    void a_slow_copy_is_not_ready_is_detached_from_and_is_cancelled() throws Exception {
        BlockJob copy = slowCopy("target");
        DriverException early = catchThrowableOfType(DriverException.class, copy::complete);
        assertThat(early.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(early).hasMessageContaining("in state 'running' cannot accept command verb 'complete'");
        assertThatThrownBy(copy::finishWithoutPivot).hasMessageContaining("is RUNNING, not ready");
        assertThatThrownBy(copy::dismiss).hasMessageContaining("cannot accept command verb 'dismiss'");
        DriverException detached = catchThrowableOfType(DriverException.class, () -> copy.await(SOON));
        assertThat(detached.failure()).isEqualTo(Failure.TIMED_OUT);
        assertThat(detached).hasMessageContaining("is still RUNNING").hasMessageContaining("and goes on");
        copy.pause();
        assertThat(copy.status().orElseThrow().state()).isEqualTo(JobState.PAUSED);
        copy.resume();
        copy.cancel();
        assertThat(copy.await(LIMIT)).isEqualTo(new JobConclusion.Cancelled());
        copy.cancel();
        assertThatThrownBy(() -> copy.awaitReady(LIMIT)).isInstanceOf(CancellationException.class);
        assertThat(copy.status().orElseThrow().error()).contains("Operation canceled");
    }

    @Test
    void another_client_finds_the_job_and_sees_it_through() throws Exception {
        slowCopy("target");
        try (QmpClient lost = daemon.connect(LIMIT)) {
            assertThat(BlockJobs.of(lost).find("slow")).isPresent();
        }
        try (QmpClient client = daemon.connect(LIMIT)) {
            BlockJob found = BlockJobs.of(client).find("slow").orElseThrow();
            assertThat(BlockJobs.of(client).find("other")).isEmpty();
            found.unthrottle();
            found.awaitReady(LIMIT);
            found.throttle(SLOW);
            found.complete();
            found.await(LIMIT).orThrow();
        }
        end();
        assertThat(qemuImg.compare(Image.raw(source), Image.raw(directory.resolve("target")))
                        .isIdentical())
                .isTrue();
    }

    @Test
    void a_job_whose_daemon_is_killed_has_vanished_and_did_not_succeed() throws Exception {
        BlockJob copy = slowCopy("target");
        Thread killer = new Thread(() -> RunningDaemons.own().get(0).destroyForcibly());
        killer.start();
        JobConclusion conclusion = copy.await(LIMIT);
        killer.join();
        assertThat(conclusion).isInstanceOf(JobConclusion.Vanished.class);
        DriverException e = catchThrowableOfType(DriverException.class, conclusion::orThrow);
        assertThat(e.failure()).isEqualTo(Failure.UNREACHABLE);
        assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
        assertThat(e).hasMessageContaining("connect again and look for job slow");
        DriverException after = catchThrowableOfType(DriverException.class, copy::status);
        assertThat(after.failure()).isEqualTo(Failure.UNREACHABLE);
        Await.until("it is noticed", () -> !daemon.isAlive());
    }

    @Test
    void nodes_and_names_that_are_taken_or_missing_are_told_apart() throws Exception {
        BlockJob copy = slowCopy("target");
        BlockNode busy = BlockNode.named("node1");
        BlockNode other = daemon.open(Image.raw(empty("third", SIZE)));
        BlockNode fourth = daemon.open(Image.raw(empty("fourth", SIZE)));
        assertThat(failureOf(MirrorRequest.of(fourth, other).named("slow"))).isEqualTo(Failure.EXISTS_DIFFERENTLY);
        assertThat(failureOf(MirrorRequest.of(busy, other))).isEqualTo(Failure.IN_USE);
        assertThat(failureOf(MirrorRequest.of(other, other))).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(failureOf(MirrorRequest.of(fourth, BlockNode.named("none")))).isEqualTo(Failure.NOT_FOUND);
        assertThat(failureOf(MirrorRequest.of(BlockNode.named("none"), other))).isEqualTo(Failure.NOT_FOUND);
        DriverException e = catchThrowableOfType(DriverException.class, () -> daemon.close(busy));
        assertThat(e.failure()).isEqualTo(Failure.IN_USE);
        assertThatThrownBy(() -> MirrorRequest.of(busy, other).named("no name")).isInstanceOf(DriverException.class);
        assertThatThrownBy(() -> MirrorRequest.of(busy, other).atMost(ByteSize.ZERO))
                .isInstanceOf(DriverException.class);
        copy.cancel();
        copy.await(LIMIT);
    }

    private Failure failureOf(MirrorRequest request) {
        return catchThrowableOfType(DriverException.class, () -> daemon.jobs().mirror(request))
                .failure();
    }
}
