package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LayersIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);

    @TempDir
    private Path directory;

    private QemuImg qemuImg;
    private ImageLayers layers;
    private Image base;
    private Image middle;
    private Image top;

    /** A raw base of 2 MiB, and two overlays of 4 MiB, each with something of its own. */
    @BeforeEach
    void make() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
        layers = qemuImg.layers();
        base = Image.raw(Disks.random(directory.resolve("ba,se"), ByteSize.mebibytes(2), 1));
        middle = Image.qcow2(directory.resolve("middle"));
        top = Image.qcow2(directory.resolve("top"));
        overlay(middle, base);
        overlay(top, middle);
        Disks.run("qemu-io", "-f", "qcow2", "-c", "write -P 7 1M 64k", "-c", "write -P 8 3M 64k", middle.place());
        Disks.run("qemu-io", "-f", "qcow2", "-c", "write -P 9 1088k 64k", "-c", "write -z 0 128k", top.place());
    }

    @Test
    void an_overlay_is_written_into_what_is_below_which_grows() throws Exception {
        Image whole = copyOf(top);
        List<Progress> heard = new ArrayList<>();

        layers.commit(CommitRequest.of(top), heard::add);
        assertThat(qemuImg.compare(whole, middle).isIdentical()).isTrue();
        assertThat(qemuImg.compare(whole, top).isIdentical()).isTrue();
        assertThat(ownData(top)).isEqualTo(ByteSize.ZERO);

        layers.commit(CommitRequest.of(middle).keepingOverlay(), ProgressListener.NONE);
        assertThat(qemuImg.info(base).virtualSize()).isEqualTo(SIZE);
        assertThat(qemuImg.compare(whole, base).isIdentical()).isTrue();
        assertThat(ownData(middle)).isGreaterThan(ByteSize.ZERO);

        assertThat(heard).isSortedAccordingTo((a, b) -> a.done().compareTo(b.done()));
        assertThat(heard.get(heard.size() - 1).percent()).isEqualTo(100);
        assertThat(heard).extracting(Progress::phase).containsOnly("committing");
    }

    @Test
    void an_overlay_is_written_into_an_image_further_down() throws Exception {
        Image whole = copyOf(top);

        layers.commit(CommitRequest.of(top).into(base).atMost(ByteSize.mebibytes(64)), ProgressListener.NONE);

        assertThat(qemuImg.compare(whole, base).isIdentical()).isTrue();
        assertThat(ownData(top)).isGreaterThan(ByteSize.ZERO);
    }

    @Test
    void what_cannot_be_committed_is_refused_before_anything() throws Exception {
        Image stranger = Image.raw(Disks.random(directory.resolve("stranger"), SIZE, 4));
        List<String> before = hashes();
        for (CommitRequest request : List.of(
                CommitRequest.of(base),
                CommitRequest.of(top).into(stranger),
                CommitRequest.of(top).into(top))) {
            DriverException e =
                    catchThrowableOfType(DriverException.class, () -> layers.commit(request, ProgressListener.NONE));
            assertThat(e.failure()).as("%s", request).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        }
        assertThat(hashes()).isEqualTo(before);
    }

    @Test
    void a_commit_that_finds_no_room_is_not_said_to_have_done_nothing_and_goes_on_later() throws Exception {
        Path small = Files.createDirectory(directory.resolve("small"));
        Disks.run("mount", "-t", "tmpfs", "-o", "size=2M", "tmpfs", small.toString());
        try {
            Image below = Image.raw(small.resolve("below"));
            qemuImg.create(below, SIZE);
            Image above = Image.qcow2(directory.resolve("above"));
            overlay(above, below);
            Image content = Image.raw(Disks.random(directory.resolve("content"), SIZE, 5));
            Disks.run("qemu-img", "convert", "-n", "-f", "raw", "-O", "qcow2", content.place(), above.place());

            DriverException e = catchThrowableOfType(
                    DriverException.class, () -> layers.commit(CommitRequest.of(above), ProgressListener.NONE));
            assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED);
            assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
            assertThat(qemuImg.compare(content, above).isIdentical()).isTrue();

            Disks.run("mount", "-o", "remount,size=9M", small.toString());
            layers.commit(CommitRequest.of(above), ProgressListener.NONE);
            assertThat(qemuImg.compare(content, below).isIdentical()).isTrue();
        } finally {
            Disks.run("umount", small.toString());
        }
    }

    @Test
    void an_overlay_moves_onto_another_base_and_holds_the_same_disk() throws Exception {
        Image whole = copyOf(top);
        Image other = Image.raw(Disks.random(directory.resolve("other"), SIZE, 6));
        List<Progress> heard = new ArrayList<>();

        layers.rebase(RebaseRequest.onto(top, other).named(BackingName.RELATIVE), heard::add);

        assertThat(qemuImg.compare(whole, top).isIdentical()).isTrue();
        assertThat(qemuImg.info(top).backingFile()).contains("other");
        assertThat(qemuImg.info(top).backingFormat()).contains("raw");
        assertThat(heard).isSortedAccordingTo((a, b) -> a.done().compareTo(b.done()));
        assertThat(heard.get(heard.size() - 1).percent()).isEqualTo(100);

        layers.rebase(RebaseRequest.onto(top, base), ProgressListener.NONE);
        assertThat(qemuImg.compare(whole, top).isIdentical()).isTrue();
        assertThat(qemuImg.info(top).backingFile()).contains(base.place());
    }

    @Test
    void a_flat_image_lies_over_nothing_and_holds_the_same_disk() throws Exception {
        Image whole = copyOf(top);

        layers.rebase(RebaseRequest.flatten(top), ProgressListener.NONE);
        assertThat(qemuImg.info(top).backingFile()).isEmpty();
        Files.delete(base.requirePath());
        Files.delete(middle.requirePath());
        assertThat(qemuImg.compare(whole, top).isIdentical()).isTrue();

        String before = Disks.hash(top.requirePath(), 1 << 24);
        layers.rebase(RebaseRequest.flatten(top), ProgressListener.NONE);
        assertThat(Disks.hash(top.requirePath(), 1 << 24)).isEqualTo(before);
    }

    @Test
    void a_base_that_was_moved_is_named_anew_and_nothing_is_copied() throws Exception {
        Image whole = copyOf(top);
        Path moved = Files.move(base.requirePath(), directory.resolve("moved"));
        long length = Files.size(middle.requirePath());

        layers.changeBackingFile(RebaseRequest.onto(middle, Image.raw(moved)).named(BackingName.RELATIVE));

        assertThat(qemuImg.info(middle).backingFile()).contains("moved");
        assertThat(Files.size(middle.requirePath())).isEqualTo(length);
        assertThat(qemuImg.compare(whole, top).isIdentical()).isTrue();
    }

    @Test
    void no_image_lies_over_itself_or_over_what_is_not_there() throws Exception {
        List<String> before = hashes();
        for (Failing attempt : List.<Failing>of(
                () -> layers.changeBackingFile(RebaseRequest.onto(middle, top).named(BackingName.ABSOLUTE)),
                () -> layers.changeBackingFile(
                        RebaseRequest.onto(middle, middle).named(BackingName.ABSOLUTE)),
                () -> layers.rebase(RebaseRequest.onto(middle, top), ProgressListener.NONE))) {
            DriverException e = catchThrowableOfType(DriverException.class, attempt::run);
            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        }
        Image gone = Image.qcow2(directory.resolve("gone"));
        Image wrong = Image.qcow2(base.requirePath());
        DriverException absent = catchThrowableOfType(
                DriverException.class,
                () -> layers.changeBackingFile(RebaseRequest.onto(top, gone).named(BackingName.ABSOLUTE)));
        DriverException other = catchThrowableOfType(
                DriverException.class,
                () -> layers.changeBackingFile(RebaseRequest.onto(top, wrong).named(BackingName.ABSOLUTE)));
        DriverException raw = catchThrowableOfType(
                DriverException.class,
                () -> layers.changeBackingFile(RebaseRequest.onto(base, top).named(BackingName.ABSOLUTE)));
        assertThat(absent.failure()).isEqualTo(Failure.NOT_FOUND);
        assertThat(other.failure()).isEqualTo(Failure.CORRUPT_DATA);
        assertThat(raw.failure()).isEqualTo(Failure.UNSUPPORTED);
        assertThat(hashes()).isEqualTo(before);
    }

    @Test
    void whenever_a_rebase_is_ended_the_disk_is_what_it_was() throws Exception {
        Image whole = copyOf(top);
        Image other = Image.raw(Disks.random(directory.resolve("other"), SIZE, 6));
        IllegalStateException enough = new IllegalStateException("enough");

        IllegalStateException thrown = catchThrowableOfType(
                IllegalStateException.class,
                () -> layers.rebase(RebaseRequest.onto(top, other), progress -> {
                    throw enough;
                }));

        assertThat(thrown).isSameAs(enough);
        assertThat(qemuImg.info(top).backingFile().orElseThrow()).isIn(middle.place(), other.place());
        assertThat(qemuImg.compare(whole, top).isIdentical()).isTrue();
    }

    private Image copyOf(Image image) throws Exception {
        Image copy = Image.raw(directory.resolve("whole"));
        qemuImg.convert(ConvertRequest.of(image, copy));
        return copy;
    }

    private void overlay(Image above, Image below) throws Exception {
        Disks.run(
                "qemu-img",
                "create",
                "-q",
                "-f",
                "qcow2",
                "-F",
                below.format().qemuName(),
                "-b",
                below.place(),
                above.place(),
                "4M");
    }

    private ByteSize ownData(Image image) throws Exception {
        return qemuImg.usedSize(image.overNothing());
    }

    private List<String> hashes() throws Exception {
        List<String> hashes = new ArrayList<>();
        for (Image image : List.of(base, middle, top)) {
            hashes.add(Disks.hash(image.requirePath(), 1 << 24));
        }
        return hashes;
    }

    private interface Failing {
        void run() throws InterruptedException;
    }
}
