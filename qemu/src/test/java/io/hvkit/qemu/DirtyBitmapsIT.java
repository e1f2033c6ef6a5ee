package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DirtyBitmapsIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(1);

    @TempDir
    private Path directory;

    private QemuImg qemuImg;
    private Image image;

    @BeforeEach
    void make() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
        image = Image.qcow2(directory.resolve("image"));
        qemuImg.create(image, SIZE);
    }

    @Test
    void bitmaps_come_and_go_start_and_stop() throws Exception {
        DirtyBitmaps bitmaps = qemuImg.bitmaps(image);
        bitmaps.add("a,b");
        bitmaps.add("--help", ByteSize.kibibytes(4));
        assertThat(bitmaps.list())
                .containsExactlyInAnyOrder(
                        new DirtyBitmap("a,b", ByteSize.kibibytes(64), Set.of(DirtyBitmap.Flag.RECORDING)),
                        new DirtyBitmap("--help", ByteSize.kibibytes(4), Set.of(DirtyBitmap.Flag.RECORDING)));

        bitmaps.disable("--help");
        bitmaps.disable("--help");
        assertThat(bitmaps.list()).filteredOn(DirtyBitmap::isRecording).hasSize(1);
        bitmaps.enable("--help");
        bitmaps.enable("--help");
        assertThat(bitmaps.list()).filteredOn(DirtyBitmap::isRecording).hasSize(2);
        bitmaps.clear("--help");
        bitmaps.merge("a,b", "--help");

        bitmaps.remove("a,b");
        bitmaps.remove("a,b");
        assertThat(bitmaps.list()).extracting(DirtyBitmap::name).containsExactly("--help");
    }

    @Test
    void what_another_image_recorded_is_merged() throws Exception {
        Image overlay = Image.qcow2(directory.resolve("over,lay"));
        qemuImg.create(overlay, SIZE);
        qemuImg.bitmaps(overlay).add("since");
        Disks.run("qemu-io", "-f", "qcow2", "-c", "write 128k 64k", overlay.place());
        qemuImg.bitmaps(image).add("all");

        qemuImg.bitmaps(image).mergeFrom(overlay, "since", "all");

        assertThat(dirtyBytes(image, "all", directory)).isEqualTo(64 << 10);
    }

    @Test
    void names_and_granularities_that_cannot_be_are_refused() throws Exception {
        DirtyBitmaps bitmaps = qemuImg.bitmaps(image);
        bitmaps.add("there");
        DriverException taken = catchThrowableOfType(DriverException.class, () -> bitmaps.add("there"));
        assertThat(taken.failure()).isEqualTo(Failure.EXISTS_DIFFERENTLY);
        for (Failing attempt : List.<Failing>of(
                () -> bitmaps.add(""),
                () -> bitmaps.add("n".repeat(1024)),
                () -> bitmaps.add("n", ByteSize.bytes(256)),
                () -> bitmaps.add("n", ByteSize.bytes(1000)))) {
            DriverException e = catchThrowableOfType(DriverException.class, attempt::run);
            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        }
        for (Failing attempt : List.<Failing>of(
                () -> bitmaps.clear("gone"),
                () -> bitmaps.enable("gone"),
                () -> bitmaps.disable("gone"),
                () -> bitmaps.merge("gone", "there"),
                () -> bitmaps.merge("there", "gone"))) {
            DriverException e = catchThrowableOfType(DriverException.class, attempt::run);
            assertThat(e.failure()).isEqualTo(Failure.NOT_FOUND);
        }
        bitmaps.add("n".repeat(1023));
        assertThat(bitmaps.list()).hasSize(2);
    }

    @Test
    void version_2_and_other_formats_have_no_bitmaps() throws Exception {
        Image old = Image.qcow2(directory.resolve("old"));
        qemuImg.create(
                CreateRequest.of(old, SIZE).laidOutAs(Qcow2Layout.standard().withVersion(Qcow2Layout.Version.V2)));

        DriverException second = catchThrowableOfType(
                DriverException.class, () -> qemuImg.bitmaps(old).add("b"));
        DriverException raw =
                catchThrowableOfType(DriverException.class, () -> qemuImg.bitmaps(Image.raw(directory.resolve("raw"))));

        assertThat(second.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(raw.failure()).isEqualTo(Failure.UNSUPPORTED);
        assertThat(qemuImg.bitmaps(old).list()).isEmpty();
    }

    @Test
    void a_bitmap_whose_writer_was_killed_is_inconsistent_and_can_only_be_removed() throws Exception {
        DirtyBitmaps bitmaps = qemuImg.bitmaps(image);
        bitmaps.add("lost");
        bitmaps.add("sound");
        bitmaps.disable("sound");
        Path socket = directory.resolve("socket");
        Process writer = new ProcessBuilder(
                        "qemu-storage-daemon",
                        "--blockdev",
                        "driver=qcow2,node-name=n,file.driver=file,file.filename=" + image.place(),
                        "--export",
                        "type=vhost-user-blk,id=e,node-name=n,writable=on,addr.type=unix,addr.path=" + socket)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            Await.until("the daemon has the image", () -> Files.exists(socket));
            assertThat(qemuImg.whileInUse().info(image).qcow2().orElseThrow().bitmaps())
                    .filteredOn(DirtyBitmap::isInconsistent)
                    .extracting(DirtyBitmap::name)
                    .contains("lost");
        } finally {
            writer.destroyForcibly().waitFor();
        }

        assertThat(bitmaps.list())
                .filteredOn(DirtyBitmap::isInconsistent)
                .extracting(DirtyBitmap::name)
                .contains("lost");
        for (Failing attempt : List.<Failing>of(
                () -> bitmaps.enable("lost"),
                () -> bitmaps.disable("lost"),
                () -> bitmaps.clear("lost"),
                () -> bitmaps.merge("lost", "sound"),
                () -> bitmaps.merge("sound", "lost"))) {
            DriverException e = catchThrowableOfType(DriverException.class, attempt::run);
            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(e).hasMessageContaining("remove it");
        }
        bitmaps.remove("lost");
        assertThat(bitmaps.list()).extracting(DirtyBitmap::name).containsExactly("sound");
    }

    @Test
    void encrypted_images_have_bitmaps_too() throws Exception {
        try (Secret key = Secret.random()) {
            Image encrypted = Image.qcow2(directory.resolve("encrypted"));
            qemuImg.create(encrypted.unlockedBy(key), SIZE);
            DirtyBitmaps bitmaps = qemuImg.bitmaps(encrypted.unlockedBy(key));
            bitmaps.add("b");
            bitmaps.clear("b");

            assertThat(qemuImg.bitmaps(encrypted).list())
                    .extracting(DirtyBitmap::name)
                    .containsExactly("b");
            qemuImg.bitmaps(image).add("all");
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> qemuImg.bitmaps(image).mergeFrom(encrypted.unlockedBy(key), "b", "all"));
            assertThat(e.failure()).isEqualTo(Failure.UNSUPPORTED);
            bitmaps.remove("b");
            assertThat(bitmaps.list()).isEmpty();
        }
    }

    /** Asks a server how much of the disk the bitmap has as dirty. */
    static long dirtyBytes(Image image, String bitmap, Path directory) throws Exception {
        Path socket = directory.resolve("nbd");
        Process server = new ProcessBuilder(
                        "qemu-nbd", "-r", "-f", "qcow2", "-k", socket.toString(), "-B", bitmap, image.place())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            Await.until("the server listens", () -> Listener.isAt(socket));
            String map = Disks.run(
                    "qemu-img",
                    "map",
                    "--output=json",
                    "--image-opts",
                    "driver=nbd,server.type=unix,server.path=" + socket + ",x-dirty-bitmap=qemu:dirty-bitmap:"
                            + bitmap);
            long dirty = 0;
            for (String line : map.lines().toList()) {
                Extent extent = QemuImgReport.extent(image, line.replaceAll("^\\[|[,\\]]$", ""));
                dirty += extent.traits().contains(Extent.Trait.DATA)
                        ? 0
                        : extent.length().bytes();
            }
            return dirty;
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    private interface Failing {
        void run() throws InterruptedException;
    }
}
