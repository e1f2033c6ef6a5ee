package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Work that is ended at any point leaves the disk that it was, and an equal request does the rest. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EndedVerbsIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);
    private static final ByteSize SLOW = ByteSize.mebibytes(1);
    private static final Duration SOON = Duration.ofMillis(1);

    @TempDir
    private Path directory;

    private final List<Progress> heard = new ArrayList<>();
    private long held;
    private QemuImg qemuImg;
    private Image base;
    private Image other;
    private Image top;
    private Image whole;

    @BeforeEach
    void make() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
        base = Image.raw(Disks.random(directory.resolve("base"), SIZE, 1));
        other = Image.raw(Disks.random(directory.resolve("other"), SIZE, 2));
        whole = Image.raw(Disks.random(directory.resolve("whole"), SIZE, 3));
        top = Image.qcow2(directory.resolve("top"));
        Disks.run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", base.place(), top.place());
        Disks.run("qemu-img", "convert", "-n", "-f", "raw", "-O", "qcow2", whole.place(), top.place());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 50, 99})
    void a_commit_that_is_interrupted_is_finished_by_an_equal_one(int percent) throws Exception {
        CommitRequest request = CommitRequest.of(top).atMost(ByteSize.mebibytes(8));

        Throwable end = catchThrowable(() -> qemuImg.layers().commit(request, interruptingAt(percent)));

        requireEnded(end, percent);
        assertThat(qemuImg.compare(whole, top).isIdentical()).isTrue();
        qemuImg.layers().commit(request, ProgressListener.NONE);
        assertThat(qemuImg.compare(whole, base).isIdentical()).isTrue();
        assertThat(qemuImg.compare(whole, top).isIdentical()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 50, 99})
    void a_rebase_that_is_interrupted_is_finished_by_an_equal_one(int percent) throws Exception {
        RebaseRequest request = RebaseRequest.onto(top, other);

        Throwable end = catchThrowable(() -> qemuImg.layers().rebase(request, interruptingAt(percent)));

        requireEnded(end, percent);
        assertThat(qemuImg.compare(whole, top).isIdentical()).isTrue();
        qemuImg.layers().rebase(request, ProgressListener.NONE);
        assertThat(qemuImg.info(top).backingFile()).contains(other.place());
        assertThat(qemuImg.compare(whole, top).isIdentical()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 50, 99})
    void a_comparison_that_is_interrupted_changes_nothing_and_leaves_no_program(int percent) throws Exception {
        String before = hashes();

        Throwable end = catchThrowable(() -> qemuImg.compare(whole, top, stoppingAt(percent)));

        requireEndedUnlessComplete(end);
        Await.until(
                "no program is left",
                () -> ProcessHandle.current().children().findAny().isEmpty());
        assertThat(hashes()).isEqualTo(before);
        assertThat(qemuImg.compare(whole, top).isIdentical()).isTrue();
    }

    @Test
    void a_comparison_ends_at_its_limit() throws Exception {
        DriverException e = catchThrowableOfType(
                DriverException.class, () -> qemuImg.within(SOON).compare(whole, top));

        assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
    }

    @Test
    void who_is_interrupted_before_he_begins_changes_nothing() throws Exception {
        String before = hashes();
        for (Failing verb : List.<Failing>of(
                () -> qemuImg.layers().commit(CommitRequest.of(top), ProgressListener.NONE),
                () -> qemuImg.layers().rebase(RebaseRequest.flatten(top), ProgressListener.NONE),
                () -> qemuImg.compare(whole, top))) {
            Thread.currentThread().interrupt();
            assertThat(catchThrowable(verb::run)).isInstanceOf(InterruptedException.class);
            assertThat(Thread.interrupted()).isFalse();
        }
        assertThat(hashes()).isEqualTo(before);
    }

    @Test
    void a_limit_that_passes_is_never_said_to_have_changed_nothing() throws Exception {
        CommitRequest commit = CommitRequest.of(top).atMost(SLOW);
        RebaseRequest rebase = RebaseRequest.onto(top, other);
        for (Failing verb : List.<Failing>of(
                () -> qemuImg.layers().commit(commit.within(Duration.ofMillis(600)), ProgressListener.NONE),
                () -> qemuImg.layers().commit(commit.within(SOON), ProgressListener.NONE),
                () -> qemuImg.layers().rebase(rebase.within(SOON), ProgressListener.NONE))) {
            DriverException e = catchThrowableOfType(DriverException.class, verb::run);
            assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
            assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
            assertThat(qemuImg.compare(whole, top).isIdentical()).isTrue();
        }
        qemuImg.layers().rebase(rebase.within(Duration.ofMinutes(1)), ProgressListener.NONE);
        qemuImg.layers().commit(CommitRequest.of(top).within(Duration.ofMinutes(1)), ProgressListener.NONE);
        assertThat(qemuImg.compare(whole, other).isIdentical()).isTrue();
    }

    @Test
    void a_program_that_is_killed_in_mid_commit_leaves_doubt_and_the_disk() throws Exception {
        CommitRequest request = CommitRequest.of(top).atMost(SLOW);

        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> qemuImg.layers()
                        .commit(
                                request,
                                progress -> ProcessHandle.current()
                                        .children()
                                        .filter(child -> child.info()
                                                .command()
                                                .orElse("")
                                                .endsWith("qemu-img"))
                                        .forEach(ProcessHandle::destroyForcibly)));

        assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
        assertThat(qemuImg.compare(whole, top).isIdentical()).isTrue();
        qemuImg.layers().commit(CommitRequest.of(top), ProgressListener.NONE);
        assertThat(qemuImg.compare(whole, base).isIdentical()).isTrue();
    }

    private ProgressListener interruptingAt(int percent) {
        return progress -> {
            heard.add(progress);
            if (progress.percent() >= percent) {
                Thread.currentThread().interrupt();
            }
        };
    }

    /** Holds the program, so that it cannot end before it is told to, and interrupts the caller. */
    private ProgressListener stoppingAt(int percent) {
        return progress -> {
            heard.add(progress);
            if (progress.percent() >= percent && !Thread.currentThread().isInterrupted()) {
                held = ProcessHandle.current()
                        .children()
                        .filter(EndedVerbsIT::holds)
                        .count();
                Thread.currentThread().interrupt();
            }
        };
    }

    /** Returns whether a program stands still now; one that had ended does not. */
    private static boolean holds(ProcessHandle program) {
        Path stat = Path.of("/proc", String.valueOf(program.pid()), "stat");
        try {
            new ProcessBuilder("kill", "-STOP", String.valueOf(program.pid()))
                    .start()
                    .waitFor();
            Await.until("it stands still or has ended", () -> !"RSD".contains(state(stat)));
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
        return "T".equals(state(stat));
    }

    private static String state(Path stat) {
        try {
            String text = Files.readString(stat);
            return text.substring(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3);
        } catch (IOException e) {
            return "gone";
        }
    }

    private void requireEndedUnlessComplete(Throwable end) {
        boolean stillInterrupted = Thread.interrupted();
        if (end == null) {
            assertThat(held)
                    .as("programs that were at work when the interruption came")
                    .isZero();
            assertThat(stillInterrupted).isTrue();
        } else {
            assertThat(end).isInstanceOf(InterruptedException.class);
        }
        assertThat(heard).isSortedAccordingTo((a, b) -> a.done().compareTo(b.done()));
    }

    /** Only what was complete when the interruption came may end in another way. */
    private void requireEnded(Throwable end, int percent) {
        boolean stillInterrupted = Thread.interrupted();
        if (end == null) {
            assertThat(percent).as("interrupted at its very end").isGreaterThan(1);
            assertThat(stillInterrupted).isTrue();
        } else {
            assertThat(end).isInstanceOf(InterruptedException.class);
            assertThat(heard).noneMatch(progress -> progress.percent() == 100);
        }
        assertThat(heard).isSortedAccordingTo((a, b) -> a.done().compareTo(b.done()));
    }

    private String hashes() throws Exception {
        return Disks.hash(base.requirePath(), 1 << 24) + Disks.hash(top.requirePath(), 1 << 24);
    }

    private interface Failing {
        void run() throws InterruptedException;
    }
}
