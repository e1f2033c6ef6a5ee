package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ProgressListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real process of QEMU has the image open for writing. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ImagesInUseIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(1);

    @TempDir
    private Path directory;

    @Test
    void an_image_that_is_held_is_read_only_if_that_is_said() throws Exception {
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        Image image = Image.qcow2(directory.resolve("image"));
        Image copy = Image.qcow2(directory.resolve("copy"));
        qemuImg.create(image, SIZE);
        qemuImg.create(copy, SIZE);

        try (HeldImage held = HeldImage.of(image)) {
            List<Failing> alone = List.of(
                    () -> qemuImg.info(image),
                    () -> qemuImg.check(image),
                    () -> qemuImg.compare(image, copy),
                    () -> qemuImg.map(MapRequest.of(image), extent -> {}),
                    () -> qemuImg.layers().chain(image));
            for (Failing verb : alone) {
                DriverException e = catchThrowableOfType(DriverException.class, verb::run);
                assertThat(e.failure()).isEqualTo(Failure.IN_USE);
            }
            ImagesInUse inUse = qemuImg.whileInUse();
            List<Extent> extents = new ArrayList<>();
            inUse.map(MapRequest.of(image), extents::add);

            assertThat(inUse.info(image).virtualSize()).isEqualTo(SIZE);
            assertThat(inUse.chain(image)).hasSize(1);
            assertThat(inUse.check(image)).isNotNull(); // what it finds is the writer's doing
            assertThat(inUse.compare(image, copy, ProgressListener.NONE))
                    .isNotInstanceOf(Comparison.DifferentSizes.class);
            assertThat(extents.get(extents.size() - 1).end()).isEqualTo(SIZE);
            assertThat(held.isHeld()).isTrue();
        }
        assertThat(qemuImg.info(image).virtualSize()).isEqualTo(SIZE);
    }

    private interface Failing {
        void run() throws InterruptedException;
    }
}
