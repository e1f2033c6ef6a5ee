package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.LayerXml;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.qemu.Extent;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.ImageInfo;
import io.hvkit.qemu.MapRequest;
import io.hvkit.qemu.QemuImg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Looks at an overlay before anything lies under it, where the host is this machine: QEMU would take any. */
final class OverlayCheck {

    private final QemuImg qemuImg;

    OverlayCheck(QemuImg qemuImg) {
        this.qemuImg = qemuImg;
    }

    /**
     * What an overlay is to lie over.
     *
     * @param place where it is
     * @param format its format; nothing if it has no name here
     * @param bound how many bytes of it a guest may use, if not all
     */
    record Below(Place place, Optional<ImageFormat> format, Optional<ByteSize> bound) {

        static Below of(DiskXml disk) {
            return new Below(disk.place(), format(disk.format(), disk.encrypted()), disk.bound());
        }

        static Below of(LayerXml layer) {
            return new Below(layer.place(), format(layer.format(), layer.encrypted()), Optional.empty());
        }

        private static Optional<ImageFormat> format(String name, DiskXml.Encryption encrypted) {
            if (encrypted == DiskXml.Encryption.LUKS && name.equals(ImageFormat.RAW.qemuName())) {
                return Optional.of(ImageFormat.LUKS);
            }
            for (ImageFormat format : ImageFormat.values()) {
                if (format.qemuName().equals(name)) {
                    return Optional.of(format);
                }
            }
            return Optional.empty();
        }

        private Path path() {
            return Path.of(place.path());
        }
    }

    /** Requires an empty overlay of the size of what it lies over. Its key is tried. */
    void require(Disk overlay, Below below) throws InterruptedException {
        Path path = Path.of(Place.of(overlay.attachment()).path());
        if (!Files.exists(path)) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .message("the overlay %s does not exist; create it first, a snapshot never does", path);
        }
        ImageInfo info = qemuImg.info(Image.of(path, ImageFormat.QCOW2));
        requireKey(overlay, info);
        requireLiesOver(path, info, below);
        requireSize(path, info, below);
        requireEmpty(overlay, path, info);
    }

    private static void requireKey(Disk overlay, ImageInfo info) {
        if (info.isEncrypted() && overlay.key().isEmpty()) {
            throw refused("%s is encrypted; give its key with unlockedBy(...)", overlay);
        }
        if (!info.isEncrypted() && overlay.key().isPresent()) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message("%s is not encrypted, though it comes with a key; make it anew", overlay);
        }
    }

    private static void requireLiesOver(Path path, ImageInfo info, Below below) {
        Optional<Path> named = info.backingFile().map(path::resolveSibling);
        boolean same = named.isPresent()
                && isSame(named.get(), below.path())
                && info.backingFormat().equals(below.format.map(ImageFormat::qemuName));
        if (!same) {
            throw refused(
                    "the header of overlay %s says that it lies over %s in format %s, and not over %s in format %s; make it"
                            + " anew",
                    path,
                    info.backingFile().orElse("nothing"),
                    info.backingFormat().orElse("unknown"),
                    below.place,
                    below.format.map(ImageFormat::qemuName).orElse("unknown"));
        }
    }

    private static boolean isSame(Path one, Path other) {
        try {
            return Files.isSameFile(one, other);
        } catch (IOException e) {
            return false; // what cannot be looked at is not what a machine uses
        }
    }

    private void requireSize(Path path, ImageInfo info, Below below) throws InterruptedException {
        ByteSize size = size(below);
        if (!info.virtualSize().equals(size)) {
            throw refused(
                    "the overlay %s holds %s, what it lies over has %s%s; make it of that size",
                    path,
                    info.virtualSize(),
                    size,
                    below.bound.isEmpty()
                            ? ""
                            : " as the guest sees it, and more once the machine was stopped and started on it");
        }
    }

    /** Returns what a guest sees of it. */
    private ByteSize size(Below below) throws InterruptedException {
        ByteSize all = size(below.path(), below.format.orElseThrow());
        if (below.bound.isEmpty()) {
            return all;
        }
        long unused =
                size(below.path(), ImageFormat.RAW).bytes() - below.bound.get().bytes();
        return ByteSize.bytes(all.bytes() - unused);
    }

    private ByteSize size(Path path, ImageFormat format) throws InterruptedException {
        return qemuImg.whileInUse().info(Image.of(path, format)).virtualSize();
    }

    private void requireEmpty(Disk overlay, Path path, ImageInfo info) throws InterruptedException {
        Image alone = Image.of(path, ImageFormat.QCOW2).overNothing();
        Image image = overlay.key().map(alone::unlockedBy).orElse(alone);
        AtomicBoolean holds = new AtomicBoolean(!info.snapshots().isEmpty());
        qemuImg.map(MapRequest.of(image), extent -> {
            if (extent.traits().contains(Extent.Trait.PRESENT)) {
                holds.set(true);
            }
        });
        if (holds.get()) {
            throw refused("the overlay %s holds something already, which a guest would see; make it anew", path);
        }
    }

    private static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, values);
    }
}
