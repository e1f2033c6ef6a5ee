package io.hvkit.qemu;

import io.hvkit.core.ImageFormat;

/** How a new image of one format is laid out, where the format leaves a choice. Immutable. */
public sealed interface ImageLayout permits Qcow2Layout, VmdkLayout, HardDiskLayout {

    /** Returns whether an image of this format can be laid out so. */
    boolean fits(ImageFormat format);
}
