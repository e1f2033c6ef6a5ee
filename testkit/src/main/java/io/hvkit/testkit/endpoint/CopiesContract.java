package io.hvkit.testkit.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.ImageReport;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.TestTemplate;

/** How an end point copies disks. */
public abstract non-sealed class CopiesContract extends EndPointCases {

    /** Made by JUnit. */
    protected CopiesContract() {}

    /** Ends a copy in the middle. */
    private static final class Enough extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static final ProgressListener IMPATIENT = progress -> {
        if (progress.done().compareTo(progress.total()) < 0) {
            throw new Enough();
        }
    };

    /** Returns a place for a copy of this mode, which has a key of its own. */
    private DiskImage target(ImageFormat format) {
        return mode.of(place(format), other);
    }

    /** Makes an image that is larger than the source, with old bytes everywhere. */
    private DiskImage used(ImageFormat format, Secret lock) throws InterruptedException {
        DiskImage image = mode.of(place(format), lock);
        images.create(image, SIZE.plus(SIZE));
        fill(image, 'o');
        underTest().write(image, SIZE.bytes(), piece('o'));
        underTest().write(image, 2 * SIZE.bytes() - PIECE, piece('o'));
        return image;
    }

    @TestTemplate
    final void a_new_copy_holds_every_byte_in_whichever_format_and_under_a_key_of_its_own()
            throws InterruptedException {
        for (ImageFormat from : mode.formats()) {
            DiskImage source = written(from);
            for (ImageFormat to : mode.formats()) {
                DiskImage target = target(to);
                List<Progress> heard = new ArrayList<>();
                ImageReport copied = images.copy(CopyImage.to(source, target), heard::add);

                assertThat(copied).isEqualTo(images.inspect(target));
                assertThat(copied.size()).isEqualTo(SIZE);
                assertThat(copied.attestation().isPresent()).isEqualTo(mode == Mode.ENCRYPTED);
                requireFilled(target, 'd');
                if (from != ImageFormat.LUKS) {
                    requireZeroes(target, PIECE);
                }
                if (mode == Mode.ENCRYPTED) {
                    requireCiphertext(target);
                }
                requireSensible(heard);
                assertThat(images.isIncomplete(target)).isFalse();
            }
            requireFilled(source, 'd');
        }
    }

    private static void requireSensible(List<Progress> heard) {
        assertThat(heard).isNotEmpty();
        assertThat(heard.get(heard.size() - 1).percent()).as("at the end").isEqualTo(100);
        for (int i = 1; i < heard.size(); i++) {
            if (heard.get(i).phase().equals(heard.get(i - 1).phase())) {
                assertThat(heard.get(i).done())
                        .isGreaterThanOrEqualTo(heard.get(i - 1).done());
            }
        }
    }

    @TestTemplate
    final void an_equal_copy_is_confirmed_and_what_is_no_copy_is_left_alone() throws InterruptedException {
        for (ImageFormat format : mode.formats()) {
            DiskImage source = written(format);
            DiskImage target = target(format);
            ImageReport copied = images.copy(CopyImage.to(source, target));

            assertThat(connection().images().copy(CopyImage.to(source, target))).isEqualTo(copied);
            underTest().write(target, SIZE.bytes() - PIECE, piece('x'));
            refuses(Failure.EXISTS_DIFFERENTLY, "other bytes", () -> images.copy(CopyImage.to(source, target)));
            assertThat(underTest().read(target, SIZE.bytes() - PIECE, PIECE)).isEqualTo(piece('x'));
            underTest().write(target, SIZE.bytes() - PIECE, piece('d'));
            if (mode == Mode.ENCRYPTED) {
                refuses(
                        Failure.EXISTS_DIFFERENTLY,
                        "another key",
                        () -> images.copy(CopyImage.to(source, target.unlockedBy(key))));
            }
            requireFilled(target, 'd');
        }
    }

    @TestTemplate
    final void a_copy_onto_an_image_leaves_nothing_of_what_was_there() throws InterruptedException {
        DiskImage source = written(ImageFormat.QCOW2);
        for (ImageFormat format : mode.formats()) {
            DiskImage target = used(format, other);
            ImageReport copied = images.copy(CopyImage.onto(source, target));

            assertThat(copied.size()).isEqualTo(SIZE.plus(SIZE));
            requireFilled(target, 'd');
            requireZeroes(target, PIECE);
            requireZeroes(target, SIZE.bytes());
            requireZeroes(target, 2 * SIZE.bytes() - PIECE);
            assertThat(images.isIncomplete(target)).isFalse();
            assertThat(images.copy(CopyImage.onto(source, target).limitedTo(ByteSize.gibibytes(1))))
                    .isEqualTo(copied);
            requireFilled(target, 'd');
        }
    }

    @TestTemplate
    final void disks_are_equal_to_the_last_byte_and_a_longer_one_only_if_its_rest_is_zeroes()
            throws InterruptedException {
        for (ImageFormat from : mode.formats()) {
            DiskImage source = written(from);
            for (ImageFormat to : mode.formats()) {
                DiskImage copy = target(to);
                images.copy(CopyImage.to(source, copy));
                DiskImage longer = used(to, other);
                images.copy(CopyImage.onto(source, longer));
                List<Progress> heard = new ArrayList<>();

                assertThat(images.areEqual(source, copy, heard::add)).isTrue();
                requireSensible(heard);
                assertThat(images.areEqual(longer, source, ProgressListener.NONE))
                        .isTrue();
                underTest().write(longer, 2 * SIZE.bytes() - PIECE, piece('x'));
                assertThat(images.areEqual(longer, source, ProgressListener.NONE))
                        .isFalse();
                underTest().write(copy, SIZE.bytes() - PIECE, piece('x'));
                assertThat(images.areEqual(source, copy, ProgressListener.NONE)).isFalse();
                requireFilled(source, 'd');
            }
        }
    }

    @TestTemplate
    final void a_copy_that_is_cancelled_leaves_no_file_and_no_image_that_passes_for_whole()
            throws InterruptedException {
        for (ImageFormat format : mode.formats()) {
            DiskImage source = written(format);
            DiskImage anew = target(format);
            assertThatExceptionOfType(Enough.class)
                    .isThrownBy(() -> images.copy(CopyImage.to(source, anew), IMPATIENT));
            requireNothingAt(anew);

            DiskImage target = used(format, other);
            assertThatExceptionOfType(Enough.class)
                    .isThrownBy(() -> images.copy(CopyImage.onto(source, target), IMPATIENT));
            assertThat(images.isIncomplete(target))
                    .as("%s is incomplete", target)
                    .isTrue();

            images.copy(CopyImage.onto(source, target));
            assertThat(images.isIncomplete(target)).isFalse();
            requireFilled(target, 'd');
            requireFilled(source, 'd');
        }
    }

    @TestTemplate
    final void an_interrupted_caller_gets_no_copy() throws InterruptedException {
        DiskImage source = written(mode.formats().get(0));
        DiskImage target = target(mode.formats().get(0));
        Thread.currentThread().interrupt();
        try {
            assertThatExceptionOfType(InterruptedException.class)
                    .isThrownBy(() -> images.copy(CopyImage.to(source, target)));
        } finally {
            assertThat(Thread.interrupted())
                    .as("the interruption was told by the exception")
                    .isFalse();
        }
        requireNothingAt(target);
        images.copy(CopyImage.to(source, target));
        requireFilled(target, 'd');
    }

    @TestTemplate
    final void what_is_encrypted_is_written_in_clear_only_if_that_is_said() throws InterruptedException {
        DiskImage source = written(ImageFormat.QCOW2);
        DiskImage target = place(ImageFormat.RAW);
        CopyImage copy = CopyImage.to(source, target);
        if (mode == Mode.ENCRYPTED) {
            refuses(Failure.INVALID_REQUEST, () -> images.copy(copy));
            requireNothingAt(target);
            DiskImage keyless = DiskImage.at(source.attachment(), ImageFormat.QCOW2);
            refuses(Failure.INVALID_REQUEST, "without its key", () -> images.copy(CopyImage.to(keyless, target)));
            requireNothingAt(target);
        }
        assertThat(images.copy(copy.intoPlaintext()).attestation()).isEmpty();
        requireFilled(target, 'd');
    }

    @TestTemplate
    final void what_cannot_be_is_refused_before_a_byte_is_written() throws InterruptedException {
        DiskImage source = written(ImageFormat.QCOW2);
        DiskImage small = target(mode.formats().get(0));
        images.create(small, ByteSize.mebibytes(1));
        underTest().write(small, 0, piece('o'));

        refuses(Failure.INVALID_REQUEST, "too small", () -> images.copy(CopyImage.onto(source, small)));
        refuses(Failure.NOT_FOUND, "no target", () -> images.copy(CopyImage.onto(source, target(ImageFormat.QCOW2))));
        DiskImage missing = image(ImageFormat.QCOW2);
        DiskImage anew = target(ImageFormat.QCOW2);
        refuses(Failure.NOT_FOUND, "no source", () -> images.copy(CopyImage.to(missing, anew)));
        if (mode == Mode.ENCRYPTED) {
            DiskImage wrong = source.unlockedBy(other);
            refuses(Failure.BAD_CREDENTIALS, "a wrong key", () -> images.copy(CopyImage.to(wrong, anew)));
            refuses(
                    Failure.BAD_CREDENTIALS,
                    "a wrong key of the target",
                    () -> images.copy(CopyImage.onto(image(source), small.unlockedBy(key))));
        }
        requireNothingAt(anew);
        assertThat(underTest().read(small, 0, PIECE)).isEqualTo(piece('o'));
    }

    /** Makes a source that fits everywhere. */
    private DiskImage image(DiskImage like) throws InterruptedException {
        DiskImage tiny = mode.of(place(like.format()), key);
        images.create(tiny, ByteSize.bytes(PIECE));
        return tiny;
    }

    @TestTemplate
    final void an_image_in_use_is_never_written() throws InterruptedException {
        DiskImage source = written(ImageFormat.QCOW2);
        for (ImageFormat format : mode.formats()) {
            DiskImage target = used(format, other);
            try (EndPointUnderTest.Holding held = underTest().hold(target)) {
                assertThat(held).isNotNull();
                refuses(Failure.IN_USE, () -> images.copy(CopyImage.onto(source, target)));
            }
            requireFilled(target, 'o');
        }
    }

    @TestTemplate
    final void what_an_image_names_is_read_only_if_it_was_said() throws InterruptedException {
        DiskImage base = written(mode.formats().get(0));
        DiskImage over = image(ImageFormat.QCOW2).over(base);
        images.create(over, SIZE);
        underTest().write(over, PIECE, piece('e'));
        DiskImage alone = mode.of(DiskImage.at(over.attachment(), ImageFormat.QCOW2), key);
        DiskImage foreign = written(mode.formats().get(0));
        DiskImage target = target(ImageFormat.QCOW2);

        refuses(Failure.INVALID_REQUEST, "an unstated base", () -> images.copy(CopyImage.to(alone, target)));
        refuses(Failure.INVALID_REQUEST, "another base", () -> images.copy(CopyImage.to(alone.over(foreign), target)));
        refuses(
                Failure.INVALID_REQUEST,
                "a base that is not named",
                () -> images.copy(CopyImage.to(
                        mode.of(DiskImage.at(written(ImageFormat.QCOW2).attachment(), ImageFormat.QCOW2), key)
                                .over(base),
                        target)));
        requireNothingAt(target);
        refuses(
                Failure.INVALID_REQUEST,
                "a target that lies over another",
                () -> images.copy(CopyImage.onto(foreign, alone)));

        ImageReport copied = images.copy(CopyImage.to(over, target));
        assertThat(copied.references()).isEmpty();
        requireFilled(target, 'd');
        assertThat(underTest().read(target, PIECE, PIECE)).isEqualTo(piece('e'));
    }

    @TestTemplate
    final void an_image_of_changes_names_nothing_and_is_read_over_what_is_said() throws InterruptedException {
        DiskImage base = written(mode.formats().get(0));
        DiskImage changes = image(ImageFormat.QCOW2);
        images.create(changes, SIZE);
        // Changes are of whole clusters: what a machine writes of one hides all of it below.
        long apart = SIZE.bytes() / 4;
        underTest().write(changes, apart, piece('e'));
        DiskImage named = image(ImageFormat.QCOW2).over(base);
        images.create(named, SIZE);
        DiskImage alone = mode.of(DiskImage.at(named.attachment(), ImageFormat.QCOW2), key);
        DiskImage target = target(ImageFormat.QCOW2);

        refuses(
                Failure.INVALID_REQUEST,
                "one that names what it lies over",
                () -> images.copy(CopyImage.to(alone.laidOver(base), target)));
        refuses(
                Failure.INVALID_REQUEST,
                "one that is to be made so",
                () -> images.create(image(ImageFormat.QCOW2).laidOver(base), SIZE));
        requireNothingAt(target);

        images.copy(CopyImage.to(changes.laidOver(base), target));
        requireFilled(target, 'd');
        assertThat(underTest().read(target, apart, PIECE)).isEqualTo(piece('e'));
    }

    @TestTemplate
    final void what_a_copy_would_take_is_told_and_nothing_is_made() throws InterruptedException {
        DiskImage source = written(ImageFormat.QCOW2);
        for (ImageFormat format : mode.formats()) {
            DiskImage target = target(format);
            ByteSize full = images.measure(CopyImage.to(source, target)).full();

            requireNothingAt(target);
            images.copy(CopyImage.to(source, target));
            assertThat(endPoint.deviceAccess().orElseThrow().sizeOf(target.attachment()))
                    .hasValueSatisfying(taken -> assertThat(taken).isLessThanOrEqualTo(full));
        }
    }
}
