package io.hvkit.testkit.endpoint;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.ImageReport;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The files of a host in memory; it has no devices. */
final class InMemoryFiles {

    private final Map<Path, InMemoryImage> files = new ConcurrentHashMap<>();

    Optional<InMemoryImage> find(Attachment place) {
        Optional<InMemoryImage> found = Optional.ofNullable(files.get(place.requirePath()));
        if (found.isPresent() && !(place instanceof Attachment.ImageFile)) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("%s is a file and no device; see who put it there", place);
        }
        return found;
    }

    InMemoryImage require(DiskImage image) {
        return find(image.attachment())
                .orElseThrow(() ->
                        DriverException.because(Failure.NOT_FOUND).message("%s is not there", image.attachment()));
    }

    /** Returns the image there, if it is of the format that was stated. */
    InMemoryImage stated(DiskImage image) {
        InMemoryImage found = require(image);
        if (found.format != image.format()) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message("%s is said to be %s and is not", image.attachment(), image.format());
        }
        return found;
    }

    /** Requires an image, and all that it lies over, to be there and to be what was said and nothing else. */
    void requireTrusted(DiskImage image) {
        for (DiskImage layer : image.layers()) {
            InMemoryImage found = stated(layer);
            if (!liesAsSaid(layer, found)) {
                throw refused("%s names %s, which was not said; say over(...)", layer.attachment(), found.base);
            }
            if (found.isEncrypted() != layer.isEncrypted()) {
                throw refused("%s is encrypted or not, and its key says otherwise", layer.attachment());
            }
        }
    }

    boolean liesAsSaid(DiskImage layer, InMemoryImage found) {
        Optional<InMemoryImage.Base> said = layer.base()
                .filter(base -> layer.isBaseNamed())
                .map(base -> new InMemoryImage.Base(base.attachment().requirePath(), base.format()));
        return found.base.equals(said);
    }

    /** Requires an image as {@link #requireTrusted} does, and keys that open it and all that it lies over. */
    void requireOpen(DiskImage image) {
        requireTrusted(image);
        for (DiskImage layer : image.layers()) {
            if (!isOpenedByItsKey(layer)) {
                throw DriverException.because(Failure.BAD_CREDENTIALS)
                        .message("the key of %s does not open it", layer.attachment());
            }
        }
    }

    boolean isOpenedByItsKey(DiskImage image) {
        InMemoryImage found = require(image);
        return !found.isEncrypted() || image.key().filter(found::opens).isPresent();
    }

    InMemoryImage requireUnused(DiskImage image) {
        InMemoryImage found = require(image);
        if (found.holders > 0) {
            throw DriverException.because(Failure.IN_USE).message("somebody has %s open", image.attachment());
        }
        return found;
    }

    ImageReport report(DiskImage image) {
        InMemoryImage found = stated(image);
        return new ImageReport(
                found.format,
                found.size(),
                found.attestation(),
                found.base.map(base -> base.path().toString()).stream().toList(),
                List.of());
    }

    /** Returns the disk as a machine sees it. */
    byte[] disk(DiskImage image) {
        InMemoryImage top = require(image);
        byte[] disk = top.disk.clone();
        if (image.base().isPresent()) {
            byte[] below = disk(image.base().get());
            for (int sector = 0; sector < disk.length / InMemoryImage.SECTOR; sector++) {
                int offset = sector * InMemoryImage.SECTOR;
                if (!top.written.get(sector) && offset < below.length) {
                    System.arraycopy(below, offset, disk, offset, InMemoryImage.SECTOR);
                }
            }
        }
        return disk;
    }

    /** Gives a whole image its name, unless that is taken. */
    void publish(DiskImage image, InMemoryImage whole) {
        if (files.putIfAbsent(image.attachment().requirePath(), whole) != null) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("%s appeared meanwhile, and was left alone", image.attachment());
        }
    }

    void remove(Attachment place) {
        files.remove(place.requirePath());
    }

    static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, values);
    }
}
