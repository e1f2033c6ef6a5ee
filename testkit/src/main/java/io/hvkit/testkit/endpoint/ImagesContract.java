package io.hvkit.testkit.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.Deltas;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.ImageMeasure;
import io.hvkit.storage.spi.ImageReport;
import io.hvkit.storage.spi.Images;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.TestTemplate;

/** How an end point makes images, looks at them, and makes them larger. */
public abstract non-sealed class ImagesContract extends EndPointCases {

    private static final int REPEATS = 4;

    /** Made by JUnit. */
    protected ImagesContract() {}

    @TestTemplate
    final void an_image_is_made_once_and_is_what_was_asked_for() throws InterruptedException {
        Images second = connection().images();
        for (ImageFormat format : mode.formats()) {
            DiskImage image = image(format);
            ImageReport made = images.create(image, SIZE);

            assertThat(made.format()).isEqualTo(format);
            assertThat(made.size()).isEqualTo(SIZE);
            assertThat(made.references()).isEmpty();
            assertThat(made.findings()).isEmpty();
            assertThat(made.attestation().isPresent()).as("a proof").isEqualTo(mode == Mode.ENCRYPTED);
            fill(image, 'd');
            for (int i = 0; i < REPEATS; i++) {
                assertThat((i % 2 == 0 ? second : images).create(image, SIZE)).isEqualTo(made);
            }
            requireFilled(image, 'd');
            assertThat(images.inspect(image)).isEqualTo(made);
        }
        assertThat(key.use(ByteBuffer::remaining)).as("a key is lent").isPositive();
    }

    @TestTemplate
    final void what_a_file_takes_is_told_and_grows_as_it_is_written() throws InterruptedException {
        for (ImageFormat format : mode.formats()) {
            DiskImage image = image(format);
            images.create(image, SIZE);
            Optional<ByteSize> before = images.occupied(DiskImage.at(image.attachment(), format));
            fill(image, 'd');
            Optional<ByteSize> after = images.occupied(DiskImage.at(image.attachment(), format));

            assertThat(after.isPresent()).as("told at all").isEqualTo(before.isPresent());
            after.ifPresent(taken -> assertThat(taken)
                    .as("it grows as it is written")
                    .isGreaterThan(ByteSize.ZERO)
                    .isGreaterThanOrEqualTo(before.orElseThrow()));
            requireFilled(image, 'd');
        }
    }

    @TestTemplate
    final void a_new_image_reads_as_zeroes() throws InterruptedException {
        for (ImageFormat format : mode.formats()) {
            DiskImage image = image(format);
            images.create(image, SIZE);

            if (format != ImageFormat.LUKS) { // whose zeroes are decrypted into noise
                for (long offset : offsets()) {
                    requireZeroes(image, offset);
                }
            }
        }
    }

    @TestTemplate
    final void what_is_there_already_is_left_alone() throws InterruptedException {
        for (ImageFormat format : mode.formats()) {
            DiskImage image = written(format);

            refuses(Failure.EXISTS_DIFFERENTLY, "another size", () -> images.create(image, SIZE.plus(SIZE)));
            if (mode == Mode.ENCRYPTED) {
                refuses(Failure.EXISTS_DIFFERENTLY, "another key", () -> images.create(image.unlockedBy(other), SIZE));
            }
            if (format == ImageFormat.QCOW2) {
                DiskImage otherwise = DiskImage.at(image.attachment(), format);
                refuses(
                        Failure.EXISTS_DIFFERENTLY,
                        "another encryption",
                        () -> images.create(mode == Mode.PLAIN ? otherwise.unlockedBy(key) : otherwise, SIZE));
            }
            ImageFormat wrong = format == ImageFormat.QCOW2 ? ImageFormat.LUKS : ImageFormat.QCOW2;
            refuses(
                    Failure.EXISTS_DIFFERENTLY,
                    "another format",
                    () -> images.create(DiskImage.at(image.attachment(), wrong).unlockedBy(key), SIZE));
            requireFilled(image, 'd');
        }
    }

    @TestTemplate
    final void an_image_over_another_shows_it_and_names_nothing_else() throws InterruptedException {
        DiskImage base = written(mode.formats().get(0));
        DiskImage over = image(ImageFormat.QCOW2).over(base);
        ImageReport made = images.create(over, SIZE);

        assertThat(made.references()).hasSize(1);
        requireFilled(over, 'd');
        assertThat(images.create(over, SIZE)).isEqualTo(made);
        DiskImage alone = mode.of(DiskImage.at(over.attachment(), ImageFormat.QCOW2), key);
        refuses(Failure.EXISTS_DIFFERENTLY, "over nothing", () -> images.create(alone, SIZE));
        refuses(Failure.INVALID_REQUEST, "an unstated base", () -> images.growTo(alone, SIZE.plus(SIZE)));
        DiskImage foreign = written(mode.formats().get(0));
        refuses(Failure.INVALID_REQUEST, "another base", () -> images.growTo(alone.over(foreign), SIZE.plus(SIZE)));
        refuses(
                Failure.INVALID_REQUEST,
                "a size that cuts its end off",
                () -> images.create(image(ImageFormat.QCOW2).over(base), ByteSize.mebibytes(1)));
        if (mode == Mode.ENCRYPTED) {
            refuses(
                    Failure.INVALID_REQUEST,
                    "in clear over what is encrypted",
                    () -> images.create(place(ImageFormat.QCOW2).over(base), SIZE));
        }
    }

    @TestTemplate
    final void what_an_image_would_take_is_told_and_nothing_is_made() throws InterruptedException {
        for (ImageFormat format : mode.formats()) {
            DiskImage image = image(format);
            ImageMeasure measure = images.measure(image, SIZE);

            assertThat(measure.full()).isGreaterThanOrEqualTo(SIZE);
            requireNothingAt(image);
            images.create(image, SIZE);
            ByteSize taken = endPoint.deviceAccess()
                    .orElseThrow()
                    .sizeOf(image.attachment())
                    .orElseThrow();
            assertThat(taken).as("what %s takes", image).isLessThanOrEqualTo(measure.full());
        }
    }

    @TestTemplate
    final void a_disk_grows_once_keeps_its_bytes_and_never_shrinks() throws InterruptedException {
        ByteSize larger = SIZE.plus(SIZE);
        for (ImageFormat format : mode.formats()) {
            DiskImage image = written(format);
            ImageReport grown = images.growTo(image, larger);

            assertThat(grown.size()).isEqualTo(larger);
            assertThat(grown.attestation().isPresent()).isEqualTo(mode == Mode.ENCRYPTED);
            assertThat(images.growTo(image, larger)).isEqualTo(grown);
            assertThat(images.growTo(image, ByteSize.bytes(512))).isEqualTo(grown);
            requireFilled(image, 'd');
            if (format != ImageFormat.LUKS) {
                requireZeroes(image, larger.bytes() - PIECE);
            }
            underTest().write(image, larger.bytes() - PIECE, piece('e'));
            assertThat(underTest().read(image, larger.bytes() - PIECE, PIECE)).isEqualTo(piece('e'));
        }
    }

    @TestTemplate
    final void an_image_in_use_is_not_made_larger() throws InterruptedException {
        DiskImage image = written(mode.formats().get(0));
        try (EndPointUnderTest.Holding held = underTest().hold(image)) {
            assertThat(held).isNotNull();
            refuses(Failure.IN_USE, () -> images.growTo(image, SIZE.plus(SIZE)));
            assertThat(images.inspect(image).size()).isEqualTo(SIZE);
        }
        assertThat(images.growTo(image, SIZE.plus(SIZE)).size()).isEqualTo(SIZE.plus(SIZE));
        requireFilled(image, 'd');
    }

    /** Returns an image of this mode that is there and holds nothing, under a key. */
    private DiskImage empty(Secret lock) throws InterruptedException {
        DiskImage image = mode.of(place(ImageFormat.QCOW2), lock);
        images.create(image, SIZE);
        return image;
    }

    @TestTemplate
    final void a_file_is_copied_as_it_is_and_a_layer_of_changes_stays_one() throws InterruptedException {
        DiskImage base = written(ImageFormat.QCOW2);
        DiskImage changes = empty(key);
        long apart = SIZE.bytes() / 4; // a whole cluster, of which zeroes are as much a change as all else
        underTest().write(changes, apart, piece('e'));
        underTest().write(changes, SIZE.bytes() / 2, new byte[1 << 16]);
        DiskImage target = empty(key);
        underTest().write(target, SIZE.bytes() - PIECE, piece('o'));

        for (int times = 0; times < 2; times++) {
            ImageReport copied = images.copyAsIs(changes, target);

            assertThat(copied).isEqualTo(images.inspect(target));
            assertThat(copied.size()).isEqualTo(SIZE);
            assertThat(copied.attestation()).isEqualTo(images.inspect(changes).attestation());
            assertThat(underTest().stored(target.attachment(), 16 << 20))
                    .isEqualTo(underTest().stored(changes.attachment(), 16 << 20));
        }
        DiskImage whole = image(ImageFormat.QCOW2);
        images.copy(CopyImage.to(target.laidOver(base), whole));
        assertThat(underTest().read(whole, 0, PIECE)).isEqualTo(piece('d'));
        assertThat(underTest().read(whole, apart, PIECE)).isEqualTo(piece('e'));
        assertThat(underTest().read(whole, SIZE.bytes() - PIECE, PIECE)).isEqualTo(piece('d'));
        requireZeroes(whole, SIZE.bytes() / 2);
        assertThat(images.areEqual(changes.laidOver(base), target.laidOver(base), ProgressListener.NONE))
                .isTrue();
    }

    @TestTemplate
    final void what_is_not_copied_as_it_is_is_refused_and_stays() throws InterruptedException {
        DiskImage source = written(ImageFormat.QCOW2);
        DiskImage target = empty(key);
        fill(target, 'o');
        DiskImage raw = written(mode.formats().get(0));
        DiskImage nowhere = image(ImageFormat.QCOW2);

        refuses(Failure.INVALID_REQUEST, "itself", () -> images.copyAsIs(source, source));
        refuses(Failure.INVALID_REQUEST, "another format", () -> images.copyAsIs(raw, target));
        refuses(
                Failure.INVALID_REQUEST,
                "one that lies over another",
                () -> images.copyAsIs(source.laidOver(raw), target));
        refuses(Failure.NOT_FOUND, "no source", () -> images.copyAsIs(nowhere, target));
        refuses(Failure.NOT_FOUND, "no target", () -> images.copyAsIs(source, nowhere));
        requireNothingAt(nowhere);
        try (EndPointUnderTest.Holding held = underTest().hold(source)) {
            assertThat(held).isNotNull();
            refuses(Failure.IN_USE, "a source that is written", () -> images.copyAsIs(source, target));
        }
        try (EndPointUnderTest.Holding held = underTest().hold(target)) {
            assertThat(held).isNotNull();
            refuses(Failure.IN_USE, "a target that is written", () -> images.copyAsIs(source, target));
        }
        if (mode == Mode.ENCRYPTED) {
            DiskImage bare = DiskImage.at(source.attachment(), ImageFormat.QCOW2);
            refuses(Failure.INVALID_REQUEST, "one key", () -> images.copyAsIs(bare, target));
            refuses(Failure.BAD_CREDENTIALS, "another key", () -> images.copyAsIs(source.unlockedBy(other), target));
        }
        requireFilled(target, 'o');
        requireFilled(source, 'd');
    }

    /** A disk that grew, where something was written and something became zeroes. */
    private DiskImage changed(ImageFormat format, DiskImage from) throws InterruptedException {
        DiskImage source = image(format);
        images.create(source, SIZE.plus(SIZE));
        images.copy(CopyImage.onto(from, source));
        underTest().write(source, SIZE.bytes() / 4, piece('e'));
        underTest().write(source, SIZE.bytes() / 2, new byte[PIECE]);
        underTest().write(source, 2 * SIZE.bytes() - PIECE, piece('g'));
        return source;
    }

    @TestTemplate
    final void what_an_image_says_itself_is_told_apart_from_what_it_is_laid_over() throws InterruptedException {
        DiskImage above = empty(key).laidOver(written(ImageFormat.QCOW2));
        Optional<ByteSize> before = images.allocated(above);
        underTest().write(above, SIZE.bytes() / 2, new byte[PIECE]);
        Optional<ByteSize> after = images.allocated(above);

        assertThat(after.isPresent()).as("told at all").isEqualTo(before.isPresent());
        assertThat(before.orElse(ByteSize.ZERO)).isEqualTo(ByteSize.ZERO);
        after.ifPresent(own -> assertThat(own)
                .as("zeroes that were written")
                .isGreaterThanOrEqualTo(ByteSize.bytes(PIECE))
                .isLessThan(SIZE));
        for (ImageFormat format : mode.formats()) {
            DiskImage full = written(format);
            images.allocated(full)
                    .ifPresent(own -> assertThat(own)
                            .as("%s says all that was written", format)
                            .isBetween(ByteSize.bytes(PIECE), SIZE));
        }
        if (before.isPresent()) {
            try (EndPointUnderTest.Holding held = underTest().hold(above)) {
                assertThat(held).isNotNull();
                refuses(Failure.IN_USE, "one that is written", () -> images.allocated(above));
            }
        }
    }

    @TestTemplate
    final void an_image_of_changes_is_what_differs_and_nothing_else() throws InterruptedException {
        Deltas deltas = images.deltas().orElseThrow();
        DiskImage base = written(ImageFormat.QCOW2);
        DiskImage between = empty(key);
        underTest().write(between, SIZE.bytes() / 8, piece('d'));
        DiskImage below = between.laidOver(base);
        for (ImageFormat format : mode.formats()) {
            DiskImage source = changed(format, below);
            DiskImage alone = mode.of(place(ImageFormat.QCOW2), other);
            images.create(alone, SIZE.plus(SIZE));
            underTest().write(alone, SIZE.bytes() / 4 * 3, piece('o'));
            DiskImage delta = alone.laidOver(below);

            for (int times = 0; times < 2; times++) {
                ImageReport written = deltas.write(source, delta, ProgressListener.NONE);

                assertThat(written).isEqualTo(images.inspect(alone));
                assertThat(written.references()).isEmpty();
                assertThat(images.isIncomplete(alone)).isFalse();
                assertThat(images.areEqual(source, delta, ProgressListener.NONE))
                        .as("laid over what it follows on it is a disk of %s", format)
                        .isTrue();
            }
            requireZeroes(alone, 0);
            requireZeroes(alone, SIZE.bytes() / 8);
            assertThat(underTest().read(alone, SIZE.bytes() / 4, PIECE)).isEqualTo(piece('e'));
            DiskImage whole = image(ImageFormat.QCOW2);
            images.copy(CopyImage.to(delta, whole));
            assertThat(underTest().read(whole, 0, PIECE)).isEqualTo(piece('d'));
            requireZeroes(whole, SIZE.bytes() / 2);
            assertThat(underTest().read(whole, 2 * SIZE.bytes() - PIECE, PIECE)).isEqualTo(piece('g'));
        }
        requireFilled(base, 'd');
    }

    @TestTemplate
    final void changes_that_cannot_be_written_leave_the_image_as_it_was() throws InterruptedException {
        Deltas deltas = images.deltas().orElseThrow();
        DiskImage base = written(ImageFormat.QCOW2);
        DiskImage source = written(ImageFormat.QCOW2);
        DiskImage alone = empty(key);
        fill(alone, 'o');
        DiskImage delta = alone.laidOver(base);
        DiskImage nowhere = image(ImageFormat.QCOW2);
        DiskImage larger = image(ImageFormat.QCOW2);
        images.create(larger, SIZE.plus(SIZE));

        refuses(Failure.INVALID_REQUEST, "over nothing", () -> write(deltas, source, alone));
        refuses(Failure.INVALID_REQUEST, "one that would name it", () -> write(deltas, source, alone.over(base)));
        refuses(Failure.INVALID_REQUEST, "too small", () -> write(deltas, larger, delta));
        refuses(Failure.INVALID_REQUEST, "itself", () -> write(deltas, alone, delta));
        refuses(Failure.NOT_FOUND, "no disk", () -> write(deltas, nowhere, delta));
        refuses(Failure.NOT_FOUND, "no image", () -> write(deltas, source, nowhere.laidOver(base)));
        requireNothingAt(nowhere);
        for (DiskImage held : List.of(source, alone)) {
            try (EndPointUnderTest.Holding holding = underTest().hold(held)) {
                assertThat(holding).isNotNull();
                refuses(Failure.IN_USE, "one that is written", () -> write(deltas, source, delta));
            }
        }
        if (mode == Mode.ENCRYPTED) {
            DiskImage bare = DiskImage.at(alone.attachment(), ImageFormat.QCOW2);
            refuses(Failure.INVALID_REQUEST, "in clear", () -> write(deltas, source, bare.laidOver(base)));
            refuses(Failure.BAD_CREDENTIALS, "a key", () -> write(deltas, source.unlockedBy(other), delta));
            refuses(
                    Failure.BAD_CREDENTIALS,
                    "its key",
                    () -> write(deltas, source, bare.unlockedBy(other).laidOver(base)));
            refuses(
                    Failure.BAD_CREDENTIALS,
                    "a key below",
                    () -> write(deltas, source, alone.laidOver(base.unlockedBy(other))));
        }
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> write(deltas, source, delta));
        requireFilled(alone, 'o');
        requireFilled(base, 'd');
        requireFilled(source, 'd');
    }

    private static void write(Deltas deltas, DiskImage source, DiskImage delta) throws InterruptedException {
        ImageReport unused = deltas.write(source, delta, ProgressListener.NONE);
    }
}
