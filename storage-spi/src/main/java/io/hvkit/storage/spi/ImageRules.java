package io.hvkit.storage.spi;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.util.ArrayList;
import java.util.List;

/** What can never work, whatever the host. */
final class ImageRules {

    private static final ByteSize SECTOR = ByteSize.bytes(512);

    private ImageRules() {}

    static void requireSectors(ByteSize size) {
        if (size.equals(ByteSize.ZERO) || !size.isMultipleOf(SECTOR)) {
            throw refused("a disk has a whole number of 512 bytes, at least one, not %s", size);
        }
    }

    static void requireCreatable(DiskImage image, ByteSize size) {
        requireSectors(size);
        requireKeys(image);
        image.layers().stream()
                .skip(1)
                .filter(DiskImage::isEncrypted)
                .findFirst()
                .ifPresent(base -> {
                    if (!image.isEncrypted()) {
                        throw refused(
                                "the image at %s would hold in clear what is written over the encrypted one at %s; give it a key",
                                image.attachment(), base.attachment());
                    }
                });
    }

    static void requireCopyable(CopyImage request) {
        requireKeys(request.source());
        requireKeys(request.target());
        Attachment target = request.target().attachment();
        for (DiskImage layer : request.source().layers()) {
            if (layer.attachment().equals(target)) {
                throw refused("what is copied is read from %s; the copy needs another place", target);
            }
            if (layer.isEncrypted()
                    && !request.target().isEncrypted()
                    && request.plaintext() == CopyImage.Plaintext.REFUSED) {
                throw refused(
                        "the image at %s is encrypted, and its copy at %s would be in clear; give the target a key, or say"
                                + " intoPlaintext() if that is meant",
                        layer.attachment(), target);
            }
        }
        if (request.before() == CopyImage.Before.NOTHING && target instanceof Attachment.BlockDevice) {
            throw refused("the device %s is there already; say CopyImage.onto(...) to write over it", target);
        }
    }

    /** Requires two files of which one may become the other. */
    static void requireSameKind(DiskImage source, DiskImage target) {
        for (DiskImage image : List.of(source, target)) {
            requireKeys(image);
            if (!(image.attachment() instanceof Attachment.ImageFile)) {
                throw refused("%s is no file, and only files are copied as they are", image.attachment());
            }
            if (image.base().isPresent()) {
                throw refused(
                        "one file is copied as it is, so say the image at %s without what it lies over",
                        image.attachment());
            }
        }
        if (source.attachment().equals(target.attachment())) {
            throw refused("what is copied is read from %s; the copy needs another place", target.attachment());
        }
        if (source.format() != target.format() || source.isEncrypted() != target.isEncrypted()) {
            throw refused(
                    "a file that is copied as it is keeps its format and its key, and %s is said to be another kind than %s",
                    target.attachment(), source.attachment());
        }
    }

    /** Requires a file that is laid over something, and may hold what a disk does. */
    static void requireDelta(DiskImage source, DiskImage delta) {
        requireKeys(source);
        requireKeys(delta);
        Attachment place = delta.attachment();
        if (delta.base().isEmpty() || delta.isBaseNamed()) {
            throw refused(
                    "the image at %s is to hold changes and does not say what it follows on; say laidOver(...)", place);
        }
        if (!(place instanceof Attachment.ImageFile)) {
            throw refused("%s is no file, and only files are made anew as images of changes", place);
        }
        List<DiskImage> read = new ArrayList<>(source.layers());
        read.addAll(delta.base().get().layers());
        for (DiskImage layer : read) {
            if (layer.attachment().equals(place)) {
                throw refused("what differs is read from %s; the changes need another place", place);
            }
            if (layer.isEncrypted() && !delta.isEncrypted()) {
                throw refused(
                        "the image at %s is encrypted, and what differs would be in clear at %s; give that a key",
                        layer.attachment(), place);
            }
        }
    }

    /** Requires the keys of all layers, and that they are not wiped. */
    static void requireKeys(DiskImage image) {
        for (DiskImage layer : image.layers()) {
            if (layer.format() == ImageFormat.LUKS && layer.key().isEmpty()) {
                throw refused(
                        "a LUKS image needs its key, and the one at %s has none; say unlockedBy(...)",
                        layer.attachment());
            }
            layer.key().ifPresent(key -> Keys.requireNotWiped(key, "of " + layer.attachment()));
        }
    }

    private static DriverException refused(String rule, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(rule, values);
    }
}
