package io.hvkit.qemu;

/** What copies the bytes of a conversion. */
public enum CopyEngine {
    /**
     * The file system: source and copy share what they hold until one of them is written (btrfs, XFS). Takes milliseconds, whatever
     * the size. For new raw files beside their source.
     */
    FILE_SYSTEM,
    /**
     * This process, by as many threads as the profile has requests: between raw and LUKS disks of this host. It encrypts with the
     * processors' own instructions, several times as fast as builds of qemu that do it in one thread.
     */
    IN_PROCESS,
    /** {@code qemu-img convert}: between all formats, on every host. */
    QEMU_IMG
}
