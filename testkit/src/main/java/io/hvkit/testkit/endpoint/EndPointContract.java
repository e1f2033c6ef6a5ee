package io.hvkit.testkit.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFeature;
import io.hvkit.core.ImageFormat;
import io.hvkit.storage.spi.DeviceAccess;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/**
 * What every end point must do. A plug-in extends this, {@link ImagesContract}, {@link CopiesContract} and {@link LuksContract} in its
 * own tests and says how to open it; it cannot switch a case off, only waive one, by name and with the reason.
 */
public abstract non-sealed class EndPointContract extends EndPointCases {

    /** Made by JUnit. */
    protected EndPointContract() {}

    @Test
    final void a_look_at_the_host_says_when_it_was_and_why() throws InterruptedException {
        Instant before = Instant.now();
        HostFacts facts = endPoint.probe();

        assertThat(facts.probedAt())
                .isBetween(before.minusSeconds(1), Instant.now().plusSeconds(1));
        for (HostFeature feature : HostFeature.values()) {
            assertThat(facts.finding(feature).reason()).as("why %s", feature).isNotBlank();
        }
        assertThat(facts.finding(HostFeature.QEMU_IMG).presence())
                .as("images are made here, whatever makes them")
                .isEqualTo(HostFacts.Presence.PRESENT);
    }

    @Test
    final void what_the_host_has_is_seen_with_its_size() throws InterruptedException {
        DeviceAccess access = endPoint.deviceAccess().orElseThrow();
        DiskImage image = place(ImageFormat.RAW);

        assertThat(access.sizeOf(image.attachment())).isEmpty();
        images.create(image, SIZE);
        assertThat(access.sizeOf(image.attachment())).contains(SIZE);
        underTest().remove(image.attachment());
        assertThat(access.sizeOf(image.attachment())).isEmpty();
    }

    @Test
    final void a_file_is_never_taken_for_a_device() throws InterruptedException {
        Attachment.ImageFile file = underTest().file("f-" + System.nanoTime());
        undoLater(() -> underTest().remove(file));
        underTest().blank(file, SIZE);
        Attachment device = new Attachment.BlockDevice(file.path());
        DiskImage said = DiskImage.at(device, ImageFormat.RAW);

        refuses(
                Failure.EXISTS_DIFFERENTLY,
                () -> endPoint.deviceAccess().orElseThrow().sizeOf(device));
        refuses(Failure.EXISTS_DIFFERENTLY, () -> images.create(said, SIZE));
        refuses(Failure.EXISTS_DIFFERENTLY, () -> images.inspect(said));
        refuses(Failure.EXISTS_DIFFERENTLY, () -> images.growTo(said, SIZE.plus(SIZE)));
        assertThat(underTest().stored(file, PIECE)).isEqualTo(new byte[PIECE]);
    }

    @Test
    final void a_device_that_is_not_there_is_not_made() throws InterruptedException {
        Path path = underTest().file("d-" + System.nanoTime()).path();
        Attachment device = new Attachment.BlockDevice(path);

        for (ImageFormat format : new ImageFormat[] {ImageFormat.RAW, ImageFormat.QCOW2}) {
            refuses(Failure.NOT_FOUND, () -> images.create(DiskImage.at(device, format), SIZE));
        }
        assertThat(endPoint.deviceAccess().orElseThrow().sizeOf(device)).isEmpty();
    }

    @Test
    final void what_the_hypervisor_opens_over_the_network_is_not_opened_here() {
        DiskImage far = DiskImage.at(new Attachment.Remote(URI.create("rbd://pool/volume")), ImageFormat.RAW);

        refuses(Failure.UNSUPPORTED, () -> endPoint.deviceAccess().orElseThrow().sizeOf(far.attachment()));
        refuses(Failure.UNSUPPORTED, () -> images.create(far, SIZE));
        refuses(Failure.UNSUPPORTED, () -> images.inspect(far));
    }

    @Test
    final void another_connection_sees_the_same_and_closing_twice_does_nothing() throws InterruptedException {
        DiskImage image = place(ImageFormat.QCOW2);
        var made = images.create(image, SIZE);
        EndPoint second = underTest().open();

        assertThat(second.host()).isEqualTo(endPoint.host());
        assertThat(second.images().inspect(image)).isEqualTo(made);
        second.close();
        second.close();
        assertThat(images.inspect(image)).isEqualTo(made);
    }

    @Test
    final void an_image_that_is_not_there_or_not_as_stated_is_not_opened() throws InterruptedException {
        DiskImage missing = place(ImageFormat.QCOW2);
        DiskImage raw = place(ImageFormat.RAW);
        images.create(raw, SIZE);
        DiskImage mistaken = DiskImage.at(raw.attachment(), ImageFormat.QCOW2);

        refuses(Failure.NOT_FOUND, () -> images.inspect(missing));
        refuses(Failure.NOT_FOUND, () -> images.growTo(missing, SIZE));
        refuses(Failure.CORRUPT_DATA, () -> images.inspect(mistaken));
        refuses(Failure.CORRUPT_DATA, () -> images.growTo(mistaken, ByteSize.mebibytes(8)));
        assertThat(images.inspect(raw).size()).isEqualTo(SIZE);
    }
}
