package io.hvkit.core;

/** A disk image format, under qemu's name for it. */
public enum ImageFormat {
    /** The bytes of the disk, one after the other. */
    RAW("raw"),
    /** QEMU's own format; with a key it is encrypted with LUKS inside. */
    QCOW2("qcow2"),
    /** VMware's format. */
    VMDK("vmdk"),
    /** A LUKS header and the encrypted bytes of the disk. */
    LUKS("luks"),
    /** The format of Hyper-V and XenServer before VHDX, whose driver qemu names {@code vpc}. */
    VHD("vpc"),
    /** Hyper-V's later format. */
    VHDX("vhdx"),
    /** VirtualBox's format. */
    VDI("vdi");

    private final String qemuName;

    ImageFormat(String qemuName) {
        this.qemuName = qemuName;
    }

    /** Returns the word qemu-img uses. */
    public String qemuName() {
        return qemuName;
    }
}
