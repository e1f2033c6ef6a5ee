package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MeasureIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);

    @TempDir
    private Path directory;

    private QemuImg qemuImg;

    @BeforeEach
    void probe() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
    }

    @Test
    void what_is_measured_is_what_a_new_image_takes() throws Exception {
        try (Secret key = Secret.random()) {
            for (Image image : List.of(
                    Image.raw(directory.resolve("raw")),
                    Image.luks(directory.resolve("luks")).unlockedBy(key),
                    Image.qcow2(directory.resolve("qcow2")),
                    Image.qcow2(directory.resolve("encrypted")).unlockedBy(key))) {
                Measurement measured = qemuImg.measure(CreateRequest.of(image, SIZE));

                assertThat(image.requirePath()).doesNotExist();
                qemuImg.convert(ConvertRequest.of(Image.raw(full()), image));
                assertThat(Files.size(image.requirePath()))
                        .as("%s", image)
                        .isBetween(
                                measured.required().bytes(),
                                measured.fullyAllocated().bytes());
                assertThat(measured.bitmaps()).isEmpty();
            }
        }
    }

    @Test
    void the_content_of_a_source_counts_and_so_does_the_layout_of_the_target() throws Exception {
        try (Secret key = Secret.random();
                Secret other = Secret.random()) {
            Image source = Image.luks(directory.resolve("source")).unlockedBy(key);
            qemuImg.create(source, SIZE);
            Image target = Image.qcow2(directory.resolve("target"));

            Measurement usual = qemuImg.measure(CreateRequest.of(target), source);
            Measurement large = qemuImg.measure(
                    CreateRequest.of(target).laidOutAs(Qcow2Layout.standard().withClusterSize(ByteSize.mebibytes(2))),
                    source);
            Measurement encrypted = qemuImg.measure(CreateRequest.of(target.unlockedBy(other)), source);

            assertThat(usual.required()).isGreaterThan(SIZE);
            assertThat(large.required()).isGreaterThan(usual.required());
            assertThat(encrypted.fullyAllocated()).isGreaterThan(usual.fullyAllocated());
        }
    }

    @Test
    void bitmaps_are_counted_on_top() throws Exception {
        Image source = Image.qcow2(directory.resolve("source"));
        qemuImg.create(source, SIZE);
        Disks.run(
                "qemu-img",
                "bitmap",
                "-f",
                "qcow2",
                "--add",
                source.requirePath().toString(),
                "b");

        Measurement measured = qemuImg.measure(CreateRequest.of(Image.qcow2(directory.resolve("target"))), source);

        assertThat(measured.bitmaps().orElseThrow()).isGreaterThan(ByteSize.ZERO);
    }

    @Test
    void what_cannot_be_measured_is_refused() throws Exception {
        Image source = Image.luks(directory.resolve("source"));
        for (ImageFormat format : List.of(ImageFormat.VMDK, ImageFormat.VHD, ImageFormat.VHDX, ImageFormat.VDI)) {
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> qemuImg.measure(CreateRequest.of(Image.of(source.requirePath(), format), SIZE)));
            assertThat(e.failure()).as("%s", format).isEqualTo(Failure.UNSUPPORTED);
        }
        DriverException sizeless =
                catchThrowableOfType(DriverException.class, () -> qemuImg.measure(CreateRequest.of(source)));
        DriverException keyless =
                catchThrowableOfType(DriverException.class, () -> qemuImg.measure(CreateRequest.of(source, SIZE)));
        assertThat(List.of(sizeless.failure(), keyless.failure())).containsOnly(Failure.INVALID_REQUEST);
    }

    private Path full() throws Exception {
        Path path = directory.resolve("source");
        return Files.exists(path) ? path : Disks.random(path, SIZE, 1);
    }
}
