package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ImageInfoIT {

    @TempDir
    private Path directory;

    private QemuImg qemuImg;

    @BeforeEach
    void probe() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
    }

    @Test
    void a_qcow2_header_is_told_in_full() throws Exception {
        Path image = directory.resolve("image");
        Disks.run(
                "qemu-img",
                "create",
                "-q",
                "-f",
                "qcow2",
                "-o",
                "cluster_size=128k,extended_l2=on,lazy_refcounts=on,refcount_bits=32,compression_type=zstd",
                image.toString(),
                "4M");
        Disks.run("qemu-img", "bitmap", "-f", "qcow2", "--add", "-g", "32k", image.toString(), "b,1");
        Disks.run("qemu-img", "snapshot", "-c", "s 1", image.toString());

        ImageInfo info = qemuImg.info(Image.qcow2(image));

        Qcow2Info qcow2 = info.qcow2().orElseThrow();
        assertThat(info.clusterSize()).contains(ByteSize.kibibytes(128));
        assertThat(info.isDirty()).isFalse();
        assertThat(qcow2.compat()).isEqualTo("1.1");
        assertThat(qcow2.refcountBits()).isEqualTo(32);
        assertThat(qcow2.compressionType()).contains("zstd");
        assertThat(qcow2.traits()).isEqualTo(Set.of(Qcow2Info.Trait.EXTENDED_L2, Qcow2Info.Trait.LAZY_REFCOUNTS));
        assertThat(qcow2.bitmaps())
                .containsExactly(new DirtyBitmap("b,1", ByteSize.kibibytes(32), Set.of(DirtyBitmap.Flag.RECORDING)));
        assertThat(info.snapshots()).extracting(InternalSnapshot::name).containsExactly("s 1");
        assertThat(info.snapshots()).extracting(InternalSnapshot::id).containsExactly("1");
    }

    @Test
    void a_chain_is_told_from_the_top_down_each_layer_in_the_format_that_the_one_above_states() throws Exception {
        Path base = Disks.random(directory.resolve("base"), ByteSize.mebibytes(2), 1);
        Path middle = directory.resolve("middle");
        Path top = directory.resolve("top");
        Disks.run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", base.toString(), middle.toString());
        Disks.run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", "middle", top.toString(), "4M");

        List<ImageInfo> chain = qemuImg.layers().chain(Image.qcow2(top));

        assertThat(chain)
                .extracting(ImageInfo::format)
                .containsExactly(ImageFormat.QCOW2, ImageFormat.QCOW2, ImageFormat.RAW);
        assertThat(chain)
                .extracting(ImageInfo::virtualSize)
                .containsExactly(ByteSize.mebibytes(4), ByteSize.mebibytes(2), ByteSize.mebibytes(2));
        assertThat(chain.get(0).backingFile()).contains("middle");
        assertThat(chain.get(0).backingFormat()).contains("qcow2");
        assertThat(chain.get(2).backingFile()).isEmpty();
        assertThat(qemuImg.layers().chain(Image.raw(base))).hasSize(1);
    }

    @Test
    void a_chain_that_is_broken_or_goes_round_is_refused() throws Exception {
        Path top = directory.resolve("top");
        Disks.run("qemu-img", "create", "-q", "-u", "-f", "qcow2", "-F", "qcow2", "-b", "gone", top.toString(), "4M");
        DriverException broken = catchThrowableOfType(
                DriverException.class, () -> qemuImg.layers().chain(Image.qcow2(top)));
        assertThat(broken.failure()).isEqualTo(Failure.NOT_FOUND);

        Disks.run("qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "qcow2", "-b", "top", top.toString());
        DriverException round = catchThrowableOfType(
                DriverException.class, () -> qemuImg.layers().chain(Image.qcow2(top)));
        assertThat(round.failure()).isEqualTo(Failure.CORRUPT_DATA);
    }
}
