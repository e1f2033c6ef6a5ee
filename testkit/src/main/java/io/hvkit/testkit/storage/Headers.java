package io.hvkit.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.storage.spi.DeviceAccess;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.EndPoints;
import io.hvkit.storage.spi.ImageReport;
import io.hvkit.storage.spi.LuksAttestation;
import io.hvkit.storage.spi.LuksVolumes;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The header of a volume whose pool leaves it to an end point, and a look at it past both. */
record Headers(StoragePool pool, StorageUnderTest judged) {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final byte[] MAGIC = {'L', 'U', 'K', 'S', (byte) 0xba, (byte) 0xbe};
    private static final int VERSION_AT = 6;
    private static final int PAYLOAD_AT = 104;
    private static final int SECTOR = 512;
    private static final byte[] QCOW2 = {'Q', 'F', 'I', (byte) 0xfb};
    private static final int VIRTUAL_SIZE_AT = 24;
    private static final int CRYPT_AT = 32;
    private static final int CRYPT_LUKS = 2;

    /** Writes it where the volume is attached, and sees that it opens with this key alone, and that nothing of the volume is lost by it. */
    void write(Volume volume, HostId host, Secret key) throws InterruptedException {
        EndPoint writer = judged.endPoint(host)
                .orElseThrow(() -> new AssertionError(
                        "the pool leaves headers to an end point; StorageUnderTest.endPoint says to which"));
        VolumeUse use = VolumeUse.by(host).because(VolumeUse.Reason.MAINTENANCE);
        try (EndPoints endPoints = EndPoints.none().add(writer)) {
            Attachment place = pool.attach(volume.id(), use);
            EndPoint endPoint = endPoints.of(host);
            if (endPoint.deviceAccess().isPresent()) {
                await(endPoint.deviceAccess().get(), place, volume);
            }
            if (volume.format() == ImageFormat.QCOW2) {
                make(endPoint, volume, place, key);
            } else {
                write(endPoint.luks().orElseThrow(), place, key);
            }
        } finally {
            pool.detach(volume.id(), use.host(), use.reason());
        }
        Optional<Path> bytes = judged.bytes(volume.id());
        if (bytes.isPresent() && volume.format() == ImageFormat.QCOW2) {
            lookIntoImage(bytes.get(), volume);
        } else if (bytes.isPresent()) {
            look(bytes.get(), volume);
        }
    }

    private static void make(EndPoint endPoint, Volume volume, Attachment place, Secret key)
            throws InterruptedException {
        DiskImage image = DiskImage.at(place, ImageFormat.QCOW2).unlockedBy(key);
        ImageReport made = endPoint.images().create(image, volume.size());
        assertThat(made.attestation()).as("a proof, read back from the image").isPresent();
        assertThat(endPoint.images().create(image, volume.size()))
                .as("the image that is there")
                .isEqualTo(made);
        try (Secret other = Secret.random()) {
            LuksVolumes luks = endPoint.luks().orElseThrow();
            assertThat(luks.opens(image)).isTrue();
            assertThat(luks.opens(DiskImage.at(place, ImageFormat.QCOW2).unlockedBy(other)))
                    .as("another key opens it")
                    .isFalse();
        }
    }

    /** By the format of qcow2, read here and nowhere else. */
    private static void lookIntoImage(Path path, Volume volume) {
        ByteBuffer header = ByteBuffer.allocate(SECTOR);
        try (FileChannel file = FileChannel.open(path)) {
            file.read(header, 0);
            byte[] magic = new byte[QCOW2.length];
            header.get(0, magic);
            assertThat(magic).as("what %s begins with", path).isEqualTo(QCOW2);
            assertThat(header.getInt(CRYPT_AT)).as("LUKS inside").isEqualTo(CRYPT_LUKS);
            assertThat(ByteSize.bytes(header.getLong(VIRTUAL_SIZE_AT)))
                    .as("what a machine sees")
                    .isEqualTo(volume.size());
            assertThat(file.size())
                    .as("room for all of it, and the tables")
                    .isGreaterThan(volume.size().bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void await(DeviceAccess access, Attachment place, Volume volume) throws InterruptedException {
        access.rescan(place);
        Await.until(
                "the device of volume " + volume,
                PATIENCE,
                () -> access.sizeOf(place).isPresent());
        assertThat(access.sizeOf(place).orElseThrow())
                .as("room for the header and what a machine is to see")
                .isGreaterThan(volume.size());
    }

    private static void write(LuksVolumes luks, Attachment place, Secret key) throws InterruptedException {
        DiskImage image = DiskImage.at(place, ImageFormat.LUKS).unlockedBy(key);
        assertThat(luks.attest(image)).as("a header before it is written").isEmpty();
        LuksAttestation proof = luks.format(image);
        assertThat(luks.format(image)).as("the header that is there").isEqualTo(proof);
        assertThat(luks.opens(image)).isTrue();
        try (Secret other = Secret.random()) {
            DiskImage locked = DiskImage.at(place, ImageFormat.LUKS).unlockedBy(other);
            assertThat(luks.opens(locked)).as("another key opens it").isFalse();
            assertThatExceptionOfType(DriverException.class)
                    .isThrownBy(() -> luks.format(locked))
                    .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.EXISTS_DIFFERENTLY));
        }
        assertThat(luks.attest(image)).contains(proof);
    }

    /** By the LUKS1 on-disk format, read here and nowhere else. */
    private static void look(Path path, Volume volume) {
        ByteBuffer header = ByteBuffer.allocate(SECTOR);
        try (FileChannel file = FileChannel.open(path)) {
            file.read(header, 0);
            byte[] magic = new byte[MAGIC.length];
            header.get(0, magic);
            assertThat(magic).as("what %s begins with", path).isEqualTo(MAGIC);
            assertThat(header.getShort(VERSION_AT)).isEqualTo((short) 1);
            long payload = (long) SECTOR * header.getInt(PAYLOAD_AT);
            assertThat(ByteSize.bytes(file.size() - payload))
                    .as("what a machine sees")
                    .isGreaterThanOrEqualTo(volume.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
