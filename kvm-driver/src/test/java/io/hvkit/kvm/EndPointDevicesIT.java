package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.EndPoints;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.LuksAttestation;
import io.hvkit.storage.spi.LuksVolumes;
import io.hvkit.testkit.Ledger;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Block devices, as an array attaches them to a host. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EndPointDevicesIT {

    private static final CommandRunner RUNNER = CommandRunner.local();
    private static final HostId HOST = new HostId("this-machine");
    private static final ByteSize SIZE = ByteSize.mebibytes(8);
    private static final ByteSize DISK = ByteSize.mebibytes(4);

    @TempDir
    private Path folder;

    private final Ledger ledger = new Ledger();
    private final Secret key = Secret.random();
    private final QemuIo machine = new QemuIo(RUNNER);
    private final EndPoint endPoint =
            EndPoints.none().add(KvmEndPoint.local(HOST)).of(HOST);
    private final Images images = endPoint.images();
    private final LuksVolumes luks = endPoint.luks().orElseThrow();

    @AfterEach
    void undo() {
        ledger.close();
        key.close();
        endPoint.close();
    }

    private static String run(String... argv) throws InterruptedException {
        CommandResult result = RUNNER.run(Command.of(argv));
        if (!result.succeeded()) {
            throw new AssertionError(String.join(" ", argv) + ": " + result.errors());
        }
        return result.output().strip();
    }

    private Attachment.BlockDevice device() throws InterruptedException {
        Path file = folder.resolve("disk-" + UUID.randomUUID());
        run("truncate", "-s", Long.toString(SIZE.bytes()), file.toString());
        String device = run("losetup", "--find", "--show", file.toString());
        ledger.add(() -> run("losetup", "--detach", device));
        return new Attachment.BlockDevice(Path.of(device));
    }

    private DiskImage written() throws InterruptedException {
        DiskImage source = DiskImage.at(
                new Attachment.ImageFile(folder.resolve("source-" + UUID.randomUUID())), ImageFormat.QCOW2);
        images.create(source, DISK);
        machine.write(source, 0, filled('d'));
        return source;
    }

    private static byte[] filled(char content) {
        byte[] bytes = new byte[4096];
        Arrays.fill(bytes, (byte) content);
        return bytes;
    }

    private static void refuses(Failure failure, String word, ThrowingCallable call) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED))
                .withMessageContaining(word);
    }

    @Test
    void a_device_is_formatted_filled_grown_and_rekeyed() throws InterruptedException {
        Attachment.BlockDevice device = device();
        DiskImage volume = DiskImage.at(device, ImageFormat.LUKS).unlockedBy(key);
        assertThat(endPoint.deviceAccess().orElseThrow().sizeOf(device)).contains(SIZE);

        LuksAttestation proof = luks.format(volume);
        images.copy(CopyImage.onto(written(), volume));

        assertThat(machine.read(volume, 0, 4096)).isEqualTo(filled('d'));
        assertThat(images.inspect(volume).attestation()).contains(proof);
        assertThat(luks.format(volume)).as("an equal request").isEqualTo(proof);
        assertThat(machine.read(volume, 0, 4096)).isEqualTo(filled('d'));
        assertThat(images.growTo(volume, DISK)).isEqualTo(images.inspect(volume));
        refuses(Failure.INVALID_REQUEST, "", () -> images.growTo(volume, SIZE.plus(SIZE)));
        try (Secret next = Secret.random()) {
            luks.addKey(volume, next);
            luks.removeKey(volume.unlockedBy(next), key);
            assertThat(luks.opens(volume)).isFalse();
            assertThat(machine.read(volume.unlockedBy(next), 0, 4096)).isEqualTo(filled('d'));
        }
    }

    @Test
    void a_copy_keeps_to_its_limit() throws InterruptedException {
        DiskImage source = DiskImage.at(device(), ImageFormat.RAW);
        machine.write(source, SIZE.bytes() - 4096, filled('d'));
        DiskImage whole = DiskImage.at(new Attachment.ImageFile(folder.resolve("whole")), ImageFormat.LUKS)
                .unlockedBy(key);

        long start = System.nanoTime();
        images.copy(CopyImage.to(source, whole).limitedTo(DISK));
        double seconds = (System.nanoTime() - start) / 1e9;

        assertThat(seconds).as("what %s take at %s a second", SIZE, DISK).isGreaterThan(0.9);
        assertThat(machine.read(whole, SIZE.bytes() - 4096, 4096)).isEqualTo(filled('d'));
    }

    @Test
    void keys_rotate_while_a_machine_runs_with_the_device() throws InterruptedException {
        DiskImage volume = DiskImage.at(device(), ImageFormat.LUKS).unlockedBy(key);
        luks.format(volume);
        try (var held = machine.hold(volume);
                Secret next = Secret.random()) {
            assertThat(held).isNotNull();
            assertThat(luks.addKey(volume, next).keySlots()).hasSize(2);
            assertThat(luks.removeKey(volume.unlockedBy(next), key).keySlots()).hasSize(1);
            assertThat(luks.opens(volume.unlockedBy(next))).isTrue();
        }
    }

    @Test
    void an_image_is_made_on_a_blank_device_and_on_no_other() throws InterruptedException {
        DiskImage qcow2 = DiskImage.at(device(), ImageFormat.QCOW2);
        DiskImage raw = DiskImage.at(device(), ImageFormat.RAW);
        DiskImage used = DiskImage.at(device(), ImageFormat.LUKS).unlockedBy(key);
        machine.write(DiskImage.at(used.attachment(), ImageFormat.RAW), 0, filled('d'));

        assertThat(images.create(qcow2, DISK).size()).isEqualTo(DISK);
        assertThat(images.create(qcow2, DISK)).isEqualTo(images.inspect(qcow2));
        assertThat(images.create(raw, DISK).size()).isEqualTo(SIZE);
        refuses(Failure.EXISTS_DIFFERENTLY, "left alone", () -> images.create(qcow2, SIZE));
        refuses(Failure.EXISTS_DIFFERENTLY, "", () -> images.create(used, DISK));
        refuses(Failure.EXISTS_DIFFERENTLY, "", () -> luks.format(used));
        assertThat(machine.read(DiskImage.at(used.attachment(), ImageFormat.RAW), 0, 4096))
                .isEqualTo(filled('d'));
    }

    @Test
    void a_device_that_its_host_uses_is_never_written() throws InterruptedException {
        Attachment.BlockDevice device = device();
        run("mkfs.ext4", "-q", device.path().toString());
        Path point = folder.resolve("mounted");
        run("mkdir", point.toString());
        run("mount", device.path().toString(), point.toString());
        ledger.add(() -> run("umount", point.toString()));
        DiskImage raw = DiskImage.at(device, ImageFormat.RAW);
        DiskImage source = written();

        refuses(Failure.IN_USE, point.toString(), () -> images.copy(CopyImage.onto(source, raw)));
        run("sh", "-c", "echo alive > " + point.resolve("file"));
        assertThat(run("cat", point.resolve("file").toString())).isEqualTo("alive");
    }

    @Test
    void a_link_by_the_name_that_an_array_gives_is_the_device() throws InterruptedException {
        Path link = folder.resolve("emc-vol-1");
        run("ln", "-s", device().path().toString(), link.toString());
        Attachment named = new Attachment.BlockDevice(link);
        DiskImage volume = DiskImage.at(named, ImageFormat.LUKS).unlockedBy(key);

        assertThat(endPoint.deviceAccess().orElseThrow().sizeOf(named)).contains(SIZE);
        assertThat(luks.format(volume).container()).isEqualTo(ImageFormat.LUKS);
        run("rm", link.toString());
        run("ln", "-s", folder.resolve("gone").toString(), link.toString());
        assertThat(endPoint.deviceAccess().orElseThrow().sizeOf(named)).isEmpty();
        refuses(Failure.NOT_FOUND, "attach", () -> luks.format(volume));
    }
}
