package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MapIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);
    private static final ByteSize CLUSTER = ByteSize.kibibytes(64);

    @TempDir
    private Path directory;

    private QemuImg qemuImg;

    @BeforeEach
    void probe() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
    }

    @Test
    void each_part_says_which_layer_holds_it_and_where() throws Exception {
        Path base = directory.resolve("base");
        Path top = directory.resolve("top");
        Disks.run("qemu-img", "create", "-q", "-f", "qcow2", base.toString(), "4M");
        Disks.run("qemu-io", "-f", "qcow2", "-c", "write -P 1 0 128k", base.toString());
        Disks.run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base.toString(), top.toString());
        Disks.run("qemu-io", "-f", "qcow2", "-c", "write -P 2 64k 64k", "-c", "write -z 1M 64k", top.toString());

        List<Extent> extents = map(MapRequest.of(Image.qcow2(top)));

        assertGapless(extents);
        assertThat(extents.get(0).depth()).isEqualTo(1);
        assertThat(extents.get(0).traits()).isEqualTo(Set.of(Extent.Trait.PRESENT, Extent.Trait.DATA));
        assertThat(extents.get(0).end()).isEqualTo(CLUSTER);
        assertThat(extents.get(1).depth()).isZero();
        assertThat(extents.get(1).fileOffset()).isPresent();
        assertThat(extents)
                .filteredOn(e -> e.start().equals(ByteSize.mebibytes(1)))
                .first()
                .satisfies(e -> assertThat(e.traits()).contains(Extent.Trait.ZERO, Extent.Trait.PRESENT))
                .satisfies(e -> assertThat(e.depth()).isZero());
        assertThat(qemuImg.usedSize(Image.qcow2(top))).isEqualTo(ByteSize.kibibytes(128));
    }

    @Test
    void a_part_of_the_disk_is_told_alone() throws Exception {
        Image image = Image.raw(Disks.random(directory.resolve("raw"), SIZE, 4));
        MapRequest part = MapRequest.of(image).from(ByteSize.mebibytes(1)).atMost(ByteSize.kibibytes(96));

        List<Extent> extents = map(part);
        assertThat(extents.get(0).start()).isEqualTo(ByteSize.mebibytes(1));
        assertThat(extents.get(extents.size() - 1).end())
                .isEqualTo(ByteSize.mebibytes(1).plus(ByteSize.kibibytes(96)));

        assertThat(map(MapRequest.of(image).from(SIZE))).isEmpty();
        DriverException none = catchThrowableOfType(
                DriverException.class, () -> MapRequest.of(image).atMost(ByteSize.ZERO));
        assertThat(none.failure()).isEqualTo(Failure.INVALID_REQUEST);
    }

    @Test
    void encrypted_images_are_mapped_with_their_key() throws Exception {
        try (Secret key = Secret.random()) {
            Image source = Image.raw(Disks.random(directory.resolve("raw"), SIZE, 4));
            for (Image image : List.of(
                    Image.luks(directory.resolve("luks")).unlockedBy(key),
                    Image.qcow2(directory.resolve("qcow2")).unlockedBy(key))) {
                qemuImg.convert(ConvertRequest.of(source, image));
                assertGapless(map(MapRequest.of(image)));
                assertThat(qemuImg.usedSize(image)).isGreaterThanOrEqualTo(ByteSize.mebibytes(3));
            }
        }
    }

    @Test
    void a_map_larger_than_all_that_a_runner_keeps_is_told_to_its_end() throws Exception {
        Image image = Image.raw(directory.resolve("holes"));
        long size = 96L << 20;
        try (RandomAccessFile file = new RandomAccessFile(image.requirePath().toFile(), "rw")) {
            file.setLength(size);
            for (long at = 0; at < size; at += 8192) {
                file.seek(at);
                file.write(1);
            }
        }

        List<Extent> extents = map(MapRequest.of(image));

        assertThat(extents).hasSizeGreaterThan(12_000); // of some 100 bytes each, and a runner keeps a mebibyte
        assertGapless(extents);
        assertThat(extents.get(extents.size() - 1).end()).isEqualTo(ByteSize.bytes(size));
    }

    @Test
    void a_listener_that_throws_ends_the_work() throws Exception {
        Image image = Image.raw(Disks.random(directory.resolve("raw"), SIZE, 4));
        IllegalStateException enough = new IllegalStateException("enough");

        Throwable thrown = catchThrowable(() -> qemuImg.map(MapRequest.of(image), extent -> {
            throw enough;
        }));

        assertThat(thrown).isSameAs(enough);
    }

    private List<Extent> map(MapRequest request) throws InterruptedException {
        List<Extent> extents = new ArrayList<>();
        qemuImg.map(request, extents::add);
        return extents;
    }

    private static void assertGapless(List<Extent> extents) {
        ByteSize end = ByteSize.ZERO;
        for (Extent extent : extents) {
            assertThat(extent.start()).isEqualTo(end);
            end = extent.end();
        }
    }
}
