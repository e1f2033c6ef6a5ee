package io.hvkit.qemu.internal.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Secret;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.Comparison;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.CopyEngine;
import io.hvkit.qemu.Disks;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.qemu.TargetState;
import io.hvkit.qemu.internal.Libc;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Zeroes that a device makes, and those that it refuses to make: a loop device discards if the file system below it does. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DirectFileIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(8);
    private static final int CLEARED = 1 << 20;

    @TempDir
    private Path directory;

    private Path memory;

    @BeforeEach
    void mountRamfs() throws Exception {
        memory = Files.createDirectory(directory.resolve("ramfs"));
        Disks.run("mount", "-t", "ramfs", "ramfs", memory.toString());
    }

    @AfterEach
    void unmount() throws Exception {
        Disks.run("umount", memory.toString());
    }

    @Test
    void a_device_that_discards_makes_zeroes_and_keeps_all_else() throws Exception {
        Path device = device(directory);
        try {
            assertThat(refusesToDiscard(device)).isFalse();
            byte[] expected = content(device);
            try (DirectFile file = writing(device)) {
                assertThat(file.clear(CLEARED, CLEARED)).isTrue();
                file.flush();
            }
            Arrays.fill(expected, CLEARED, 2 * CLEARED, (byte) 0);
            assertThat(content(device)).isEqualTo(expected);
        } finally {
            Disks.run("losetup", "--detach", device.toString());
        }
    }

    @Test
    void a_device_that_refuses_to_discard_is_left_as_it_is_and_zeroes_are_written_to_it() throws Exception {
        Path device = device(memory);
        try (Secret key = Secret.random()) {
            assertThat(refusesToDiscard(device))
                    .as("what the kernel says of it")
                    .isTrue();
            byte[] dirt = content(device);
            try (DirectFile file = writing(device)) {
                assertThat(file.clear(0, CLEARED)).isFalse();
                assertThat(file.clear(CLEARED, 4096)).isFalse();
            }
            assertThat(content(device)).isEqualTo(dirt);

            QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
            Path zeroes = directory.resolve("zeroes");
            try (RandomAccessFile file = new RandomAccessFile(zeroes.toFile(), "rw")) {
                file.setLength(SIZE.bytes()); // nothing but zeroes, over nothing but dirt
            }
            Image plain = Image.raw(zeroes);
            Image luks = Image.luks(directory.resolve("luks")).unlockedBy(key);
            qemuImg.convert(ConvertRequest.of(plain, luks));
            for (CopyEngine engine : List.of(CopyEngine.IN_PROCESS, CopyEngine.QEMU_IMG)) {
                try (RandomAccessFile file = new RandomAccessFile(device.toFile(), "rw")) {
                    file.write(dirt);
                }
                ConvertRequest onto = ConvertRequest.of(luks, Image.raw(device))
                        .onto(TargetState.EXISTS)
                        .intoPlaintext();
                assertThat(qemuImg.convert(onto.by(engine)).engine()).isEqualTo(engine);
                assertThat(content(device)).as("%s", engine).containsOnly(0);
                assertThat(qemuImg.compare(plain, Image.raw(device))).isEqualTo(new Comparison.Identical());
            }
        } finally {
            Disks.run("losetup", "--detach", device.toString());
        }
    }

    private static Path device(Path folder) throws Exception {
        Path file = Disks.random(folder.resolve("disk"), SIZE, 1);
        return Path.of(Disks.run("losetup", "--find", "--show", file.toString()));
    }

    private static DirectFile writing(Path device) throws Exception {
        return DirectFile.forWriting(device, DirectFile.Way.DIRECT, Libc.load().orElseThrow());
    }

    private static byte[] content(Path device) throws Exception {
        try (InputStream in = Files.newInputStream(device)) {
            return in.readNBytes(Math.toIntExact(SIZE.bytes()));
        }
    }

    private static boolean refusesToDiscard(Path device) throws Exception {
        boolean refused = !CommandRunner.local()
                .run(Command.of("blkdiscard", "--offset", "0", "--length", "4096", device.toString()))
                .succeeded();
        String most = Files.readString(
                        Path.of("/sys/class/block", device.getFileName().toString(), "queue/discard_max_bytes"))
                .strip();
        assertThat(refused).as("blkdiscard, where the most is %s bytes", most).isEqualTo(most.equals("0"));
        return refused;
    }
}
