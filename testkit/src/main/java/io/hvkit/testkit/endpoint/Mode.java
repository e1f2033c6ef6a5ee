package io.hvkit.testkit.endpoint;

import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.storage.spi.DiskImage;
import java.util.List;

/** Each case is run with images in clear, and again with encrypted ones. */
enum Mode {
    PLAIN,
    ENCRYPTED;

    /** Returns the formats of this mode's images. */
    List<ImageFormat> formats() {
        return this == PLAIN
                ? List.of(ImageFormat.RAW, ImageFormat.QCOW2)
                : List.of(ImageFormat.LUKS, ImageFormat.QCOW2);
    }

    DiskImage of(DiskImage image, Secret key) {
        return this == PLAIN ? image : image.unlockedBy(key);
    }
}
