package io.hvkit.qemu.inspect;

import io.hvkit.core.ImageFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a file can turn out to be. Finer than {@link ImageFormat}, which holds what is worked with. */
public enum FileFormat {
    /** QEMU's own format, versions 2 and 3. */
    QCOW2("qcow2", ImageFormat.QCOW2),
    /** What came before it. */
    QCOW("qcow", null),
    /** An abandoned successor of it. */
    QED("qed", null),
    /** An encrypted disk with a header of the first version, which qemu opens. */
    LUKS1("LUKS1", ImageFormat.LUKS),
    /** An encrypted disk with a header of the second version, which the kernel opens and qemu does not. */
    LUKS2("LUKS2", ImageFormat.LUKS),
    /** VMware's format: sparse, stream-optimised, or a descriptor that names other files. */
    VMDK("vmdk", ImageFormat.VMDK),
    /** Virtual PC's format: fixed, dynamic or differencing. */
    VHD("VHD", ImageFormat.VHD),
    /** Hyper-V's later format. */
    VHDX("VHDX", ImageFormat.VHDX),
    /** VirtualBox's format. */
    VDI("VDI", ImageFormat.VDI),
    /** An optical disc, ISO 9660 or UDF. Its bytes are the disk's bytes, so it is raw to qemu. */
    ISO("ISO", ImageFormat.RAW),
    /** A disk of Parallels. */
    PARALLELS("Parallels", null),
    /** A disk of Bochs. */
    BOCHS("Bochs", null),
    /** A compressed loop device. */
    CLOOP("cloop", null),
    /** A disk image of macOS. */
    DMG("dmg", null),
    /** Something compressed with gzip. */
    GZIP("gzip", null),
    /** Something compressed with xz. */
    XZ("xz", null),
    /** Something compressed with Zstandard. */
    ZSTD("zstd", null),
    /** Something compressed with bzip2. */
    BZIP2("bzip2", null),
    /** A zip archive. */
    ZIP("zip", null),
    /** A 7z archive. */
    SEVEN_ZIP("7z", null),
    /** A tar archive, such as an OVA. */
    TAR("tar", null),
    /** None of the others: the bytes are the disk's bytes. */
    RAW("raw", ImageFormat.RAW);

    private final String text;
    private final @Nullable ImageFormat imageFormat;

    FileFormat(String text, @Nullable ImageFormat imageFormat) {
        this.text = text;
        this.imageFormat = imageFormat;
    }

    /** Returns the format under which it is worked with, if it can be. */
    public Optional<ImageFormat> imageFormat() {
        return Optional.ofNullable(imageFormat);
    }

    /** Returns its usual name. */
    @Override
    public String toString() {
        return text;
    }
}
