package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies that cost next to nothing: by the file system, and of volumes that stay what they are. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SharedCopyIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(8);

    @TempDir
    private Path directory;

    private Path mount;
    private QemuImg qemuImg;

    /** A file system that can share, beside one that need not be able to. */
    @BeforeEach
    void mountBtrfs() throws Exception {
        Path disk = directory.resolve("btrfs");
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(160 << 20);
        }
        Disks.run("mkfs.btrfs", "-q", disk.toString());
        mount = Files.createDirectory(directory.resolve("mount"));
        Disks.run("mount", "-o", "loop", disk.toString(), mount.toString());
        qemuImg = QemuImg.probe(CommandRunner.local());
    }

    @AfterEach
    void unmount() throws Exception {
        Disks.run("umount", mount.toString());
    }

    @Test
    void raw_files_share_what_they_hold_until_one_is_written() throws Exception {
        Image source = Image.raw(Disks.random(mount.resolve("source"), SIZE, 1));
        byte[] before = Files.readAllBytes(source.requirePath());
        Image copy = Image.raw(mount.resolve("copy"));

        assertThat(qemuImg.convert(ConvertRequest.of(source, copy).verified()).engine())
                .isEqualTo(CopyEngine.FILE_SYSTEM);

        assertThat(Files.mismatch(source.requirePath(), copy.requirePath())).isEqualTo(-1);
        assertThat(Files.getPosixFilePermissions(copy.requirePath())).hasSize(2);
        try (RandomAccessFile file = new RandomAccessFile(source.requirePath().toFile(), "rw")) {
            file.seek(12_345);
            file.write(new byte[5000]);
        }
        assertThat(Files.readAllBytes(copy.requirePath())).isEqualTo(before);
        assertThat(Disks.names(mount)).containsExactly("copy", "source");
    }

    @Test
    void what_cannot_be_shared_is_read_and_written_and_refused_only_if_sharing_was_meant() throws Exception {
        Image source = Image.raw(Disks.random(mount.resolve("source"), SIZE, 1));
        Image elsewhere = Image.raw(directory.resolve("copy"));
        Image here = Image.raw(mount.resolve("copy"));
        List<ConvertRequest> requests = List.of(
                ConvertRequest.of(source, elsewhere),
                ConvertRequest.of(source, CreateRequest.of(here, SIZE.plus(SIZE))),
                ConvertRequest.of(source, CreateRequest.of(here).preallocated(Preallocation.FALLOC)),
                ConvertRequest.of(source, here).followedBy(source),
                ConvertRequest.of(source, Image.qcow2(mount.resolve("copy"))));
        for (ConvertRequest request : requests) {
            DriverException e = catchThrowableOfType(
                    DriverException.class, () -> qemuImg.convert(request.by(CopyEngine.FILE_SYSTEM)));
            assertThat(e.failure()).as("%s", request).isEqualTo(Failure.UNSUPPORTED);
            assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
            assertThat(request.target().requirePath()).doesNotExist();

            assertThat(qemuImg.convert(request).engine()).isEqualTo(CopyEngine.QEMU_IMG);
            if (request.sources().size() == 1) {
                assertThat(qemuImg.compareContent(source, request.target(), ProgressListener.NONE)
                                .isIdentical())
                        .isTrue();
            }
            Files.delete(request.target().requirePath());
        }
        Image there = Image.raw(Disks.random(mount.resolve("there"), SIZE, 2));
        ConvertRequest onto = ConvertRequest.of(source, there).onto(TargetState.EXISTS);
        DriverException e =
                catchThrowableOfType(DriverException.class, () -> qemuImg.convert(onto.by(CopyEngine.FILE_SYSTEM)));
        assertThat(e.failure()).isEqualTo(Failure.UNSUPPORTED);
        assertThat(qemuImg.isIncomplete(there)).isFalse();
    }

    @Test
    void a_source_that_a_process_uses_is_not_shared() throws Exception {
        Image source = Image.raw(Disks.random(mount.resolve("source"), SIZE, 1));
        try (ImageLock lock = ImageLock.take(source.requirePath())) {
            assertThat(lock).isNotNull();
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> qemuImg.convert(ConvertRequest.of(source, Image.raw(mount.resolve("copy")))));
            assertThat(e.failure()).isEqualTo(Failure.IN_USE);
        }
        assertThat(Disks.names(mount)).containsExactly("source");
    }

    @Test
    void a_volume_moves_as_it_is_stored_and_its_key_changes_afterwards() throws Exception {
        try (Secret key = Secret.random();
                Secret next = Secret.random()) {
            Image plain = Image.raw(Disks.random(directory.resolve("plain"), SIZE, 3));
            Image volume = Image.luks(directory.resolve("volume")).unlockedBy(key);
            qemuImg.convert(ConvertRequest.of(plain, volume));
            Path file = Disks.random(directory.resolve("disk"), ByteSize.mebibytes(12), 4);
            Path device = Path.of(Disks.run("losetup", "--find", "--show", file.toString()));
            try {
                Image moved = Image.luks(mount.resolve("moved")).unlockedBy(key);
                Image onDevice = Image.luks(device).unlockedBy(key);
                qemuImg.relocate(Image.luks(volume.requirePath()), moved, TargetState.ABSENT, ProgressListener.NONE);
                qemuImg.relocate(moved, onDevice, TargetState.EXISTS, ProgressListener.NONE);

                assertThat(Files.mismatch(volume.requirePath(), moved.requirePath()))
                        .isEqualTo(-1);
                assertThat(LuksHeader.read(device)).isEqualTo(LuksHeader.read(volume.requirePath()));
                CryptSetup.probe(CommandRunner.local()).changeKey(moved.requirePath(), key, next);
                assertThat(qemuImg.compare(plain, moved.unlockedBy(next)).isIdentical())
                        .isTrue();
                assertThat(qemuImg.unlocks(moved)).isFalse();
                assertThat(qemuImg.unlocks(onDevice)).isTrue();
            } finally {
                Disks.run("losetup", "--detach", device.toString());
            }
        }
    }

    @Test
    void only_what_is_encrypted_and_stays_so_is_moved_as_it_is() throws Exception {
        Image raw = Image.raw(Disks.random(directory.resolve("raw"), SIZE, 3));
        for (Image[] pair : new Image[][] {
            {raw, Image.luks(directory.resolve("a"))},
            {Image.luks(raw.requirePath()), Image.luks(directory.resolve("a"))},
            {Image.luks(raw.requirePath()), Image.raw(directory.resolve("a"))}
        }) {
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> qemuImg.relocate(pair[0], pair[1], TargetState.ABSENT, ProgressListener.NONE));
            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        }
        assertThat(directory.resolve("a")).doesNotExist();
    }
}
