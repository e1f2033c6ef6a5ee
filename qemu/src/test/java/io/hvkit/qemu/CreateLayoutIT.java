package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CreateLayoutIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(8);

    @TempDir
    private Path directory;

    private QemuImg qemuImg;

    @BeforeEach
    void probe() throws InterruptedException {
        qemuImg = QemuImg.probe(CommandRunner.local());
    }

    @Test
    void every_layout_is_made_and_reads_as_zeroes() throws Exception {
        Image zeroes = Image.raw(directory.resolve("zeroes"));
        qemuImg.create(zeroes, SIZE);
        Image qcow2 = Image.qcow2(directory.resolve("qcow2"));
        Image vmdk = Image.of(directory.resolve("vmdk"), ImageFormat.VMDK);
        Image vhd = Image.of(directory.resolve("vhd"), ImageFormat.VHD);
        Image vhdx = Image.of(directory.resolve("vhdx"), ImageFormat.VHDX);
        Image vdi = Image.of(directory.resolve("vdi"), ImageFormat.VDI);
        Qcow2Layout rich = Qcow2Layout.standard()
                .withClusterSize(ByteSize.kibibytes(128))
                .withSubClusters()
                .withLazyRefcounts()
                .withRefcountBits(8)
                .withCompression(Qcow2Layout.Compression.ZSTD);
        for (CreateRequest request : List.of(
                CreateRequest.of(qcow2, SIZE).laidOutAs(rich),
                CreateRequest.of(qcow2, SIZE).laidOutAs(Qcow2Layout.standard().withVersion(Qcow2Layout.Version.V2)),
                CreateRequest.of(qcow2, SIZE).laidOutAs(Qcow2Layout.standard().withClusterSize(ByteSize.bytes(512))),
                CreateRequest.of(vmdk, SIZE).laidOutAs(VmdkLayout.STREAM_OPTIMIZED),
                CreateRequest.of(vmdk, SIZE).laidOutAs(VmdkLayout.SPARSE.withAdapter(VmdkLayout.Adapter.BUS_LOGIC)),
                CreateRequest.of(vhd, SIZE).laidOutAs(HardDiskLayout.FIXED),
                CreateRequest.of(vhdx, SIZE).laidOutAs(HardDiskLayout.FIXED),
                CreateRequest.of(vdi, SIZE).laidOutAs(HardDiskLayout.FIXED))) {
            qemuImg.create(request);
            assertThat(qemuImg.compare(zeroes, request.target()).isIdentical())
                    .as("%s", request)
                    .isTrue();
            Files.delete(request.target().requirePath());
        }
    }

    @Test
    void what_was_asked_for_is_in_the_header() throws Exception {
        Image image = Image.qcow2(directory.resolve("a"));
        qemuImg.create(CreateRequest.of(image, SIZE)
                .laidOutAs(Qcow2Layout.standard()
                        .withClusterSize(ByteSize.kibibytes(128))
                        .withSubClusters()
                        .withLazyRefcounts()
                        .withRefcountBits(8)
                        .withCompression(Qcow2Layout.Compression.ZSTD)));

        assertThat(Disks.run(
                        "qemu-img", "info", "-f", "qcow2", image.requirePath().toString()))
                .contains(
                        "cluster_size: 131072",
                        "compression type: zstd",
                        "lazy refcounts: true",
                        "refcount bits: 8",
                        "extended l2: true");
    }

    @ParameterizedTest
    @ValueSource(longs = {512, 1536, 8 << 20, 1_000_448, 104_858_112})
    void a_vhd_has_the_size_to_the_byte_and_is_never_rounded_to_cylinders(long bytes) throws Exception {
        for (HardDiskLayout layout : HardDiskLayout.values()) {
            Image image = Image.of(directory.resolve("a" + layout), ImageFormat.VHD);
            qemuImg.create(CreateRequest.of(image, ByteSize.bytes(bytes)).laidOutAs(layout));

            assertThat(qemuImg.info(image).virtualSize()).isEqualTo(ByteSize.bytes(bytes));
        }
    }

    @Test
    void preallocation_takes_the_room_at_once() throws Exception {
        try (Secret key = Secret.random()) {
            Image raw = Image.raw(directory.resolve("raw"));
            Image qcow2 = Image.qcow2(directory.resolve("qcow2"));
            Image luks = Image.luks(directory.resolve("luks")).unlockedBy(key);
            Image encrypted = Image.qcow2(directory.resolve("encrypted")).unlockedBy(key);
            for (Image image : List.of(raw, qcow2, luks, encrypted)) {
                for (Preallocation whole : List.of(Preallocation.FALLOC, Preallocation.FULL)) {
                    qemuImg.create(CreateRequest.of(image, SIZE).preallocated(whole));
                    assertThat(qemuImg.info(image).actualSize()).isGreaterThanOrEqualTo(SIZE);
                    Files.delete(image.requirePath());
                }
            }
            qemuImg.create(CreateRequest.of(qcow2, SIZE).preallocated(Preallocation.METADATA));
            assertThat(qemuImg.info(qcow2).actualSize()).isLessThan(SIZE);
            assertThat(Files.size(qcow2.requirePath())).isGreaterThan(SIZE.bytes());
        }
    }

    @Test
    void the_cipher_and_hash_that_were_asked_for_are_in_the_header() throws Exception {
        try (Secret key = Secret.random()) {
            Image luks = Image.luks(directory.resolve("luks")).unlockedBy(key);
            qemuImg.create(CreateRequest.of(luks, SIZE)
                    .encryptedWith(LuksCipher.AES_128_XTS)
                    .hashedWith(LuksHash.SHA512));

            assertThat(Disks.run("qemu-img", "info", "-f", "luks", luks.place()))
                    .contains("cipher alg: aes-128", "cipher mode: xts", "hash alg: sha512");
            assertThat(qemuImg.unlocks(luks)).isTrue();
        }
    }

    @Test
    void a_disk_that_is_full_leaves_nothing() throws Exception {
        Path mount = Files.createDirectory(directory.resolve("small"));
        Disks.run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", mount.toString());
        try {
            for (Preallocation whole : List.of(Preallocation.FALLOC, Preallocation.FULL)) {
                for (Image image : List.of(Image.raw(mount.resolve("a")), Image.qcow2(mount.resolve("a")))) {
                    DriverException e = catchThrowableOfType(
                            DriverException.class,
                            () -> qemuImg.create(CreateRequest.of(image, SIZE).preallocated(whole)));

                    assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED);
                    assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                    assertThat(Disks.names(mount)).isEmpty();
                }
            }
        } finally {
            Disks.run("umount", mount.toString());
        }
    }

    @Test
    void a_size_must_be_said_where_nothing_else_tells_it() throws Exception {
        DriverException e = catchThrowableOfType(
                DriverException.class, () -> qemuImg.create(CreateRequest.of(Image.qcow2(directory.resolve("a")))));

        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(e).hasMessageContaining("CreateRequest.of(target, size)");
        assertThat(Disks.names(directory)).isEmpty();
    }
}
