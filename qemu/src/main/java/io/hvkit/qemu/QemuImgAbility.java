package io.hvkit.qemu;

/** Something only some builds of qemu-img can do, found by asking the build, since distributions leave out and backport. */
public enum QemuImgAbility {
    /** Makes and opens LUKS, alone and inside qcow2. */
    LUKS,
    /** Makes and opens qcow2. */
    QCOW2,
    /** Makes and opens VMware's format. */
    VMDK,
    /** Makes and opens the older format of Hyper-V and XenServer. */
    VHD,
    /** Makes and opens Hyper-V's later format. */
    VHDX,
    /** Makes and opens VirtualBox's format. */
    VDI,
    /** Is told that a target already reads as zeroes, and spares writing them. */
    TARGET_IS_ZERO,
    /** Limits how fast it copies. */
    RATE_LIMIT,
    /** Makes and opens qcow2 whose data is another image. */
    EXTERNAL_DATA
}
