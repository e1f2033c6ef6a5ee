package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.qemu.Extent;
import io.hvkit.qemu.HostFiles;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.ImageInfo;
import io.hvkit.qemu.MapRequest;
import io.hvkit.qemu.QemuImg;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/** Looks at an image before a backup is written to it, where the host's tools can be used: QEMU would take any. */
final class BackupCheck {

    private final HostFiles files;
    private final QemuImg qemuImg;

    BackupCheck(HostFiles files, QemuImg qemuImg) {
        this.files = files;
        this.qemuImg = qemuImg;
    }

    /** Requires an empty image of the size of its disk, encrypted if it has a key, which is tried. */
    void require(Disk image, ByteSize size) throws InterruptedException {
        Path path = Path.of(Place.of(image.attachment()).path());
        if (!files.status(path).holdsBytes()) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .message("the image %s does not exist; create it first, a backup never does", path);
        }
        ImageInfo info = qemuImg.info(Image.of(path, ImageFormat.QCOW2));
        requireKey(image, info);
        if (!info.virtualSize().equals(size)) {
            throw refused(
                    "the image %s holds %s, the disk has %s; make it of that size", path, info.virtualSize(), size);
        }
        if (info.backingFile().isPresent()) {
            throw refused(
                    "the image %s lies over %s; make it over nothing, and lay it over what it follows on afterwards",
                    path, info.backingFile().get());
        }
        requireEmpty(image, path, info);
    }

    private static void requireKey(Disk image, ImageInfo info) {
        if (info.isEncrypted() && image.key().isEmpty()) {
            throw refused("%s is encrypted; give its key with unlockedBy(...)", image);
        }
        if (!info.isEncrypted() && image.key().isPresent()) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message("%s is not encrypted, though it comes with a key; make it anew", image);
        }
    }

    private void requireEmpty(Disk image, Path path, ImageInfo info) throws InterruptedException {
        Image plain = Image.of(path, ImageFormat.QCOW2);
        Image opened = image.key().map(plain::unlockedBy).orElse(plain);
        AtomicBoolean holds = new AtomicBoolean(!info.snapshots().isEmpty());
        qemuImg.map(MapRequest.of(opened), extent -> {
            if (extent.traits().contains(Extent.Trait.PRESENT)) {
                holds.set(true);
            }
        });
        if (holds.get()) {
            throw refused(
                    "the image %s holds something already, which would be taken for the disk's; make it anew", path);
        }
    }

    private static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, values);
    }
}
