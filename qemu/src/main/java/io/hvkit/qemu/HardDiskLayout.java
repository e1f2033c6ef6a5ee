package io.hvkit.qemu;

import io.hvkit.core.ImageFormat;
import java.util.List;

/** The choice that {@code VHD}, {@code VHDX} and {@code VDI} leave. */
public enum HardDiskLayout implements ImageLayout {
    /** The file grows as it is written; what is taken if nothing is said. */
    DYNAMIC,
    /** The file has room for the whole disk. */
    FIXED;

    @Override
    public boolean fits(ImageFormat format) {
        return switch (format) {
            case VHD, VHDX, VDI -> true;
            case RAW, QCOW2, LUKS, VMDK -> false;
        };
    }

    /** Returns it in qemu's words. */
    List<String> options(ImageFormat format) {
        return format == ImageFormat.VDI
                ? List.of(QemuText.option("static", this == FIXED ? "on" : "off"))
                : List.of(QemuText.option("subformat", this == FIXED ? "fixed" : "dynamic"));
    }
}
