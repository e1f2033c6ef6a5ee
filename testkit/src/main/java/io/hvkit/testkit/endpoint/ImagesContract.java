package io.hvkit.testkit.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.ImageMeasure;
import io.hvkit.storage.spi.ImageReport;
import io.hvkit.storage.spi.Images;
import java.nio.ByteBuffer;
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
}
