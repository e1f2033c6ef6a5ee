package io.hvkit.qemu;

/** How much of a new image's room is taken at once. */
public enum Preallocation {
    /** None: the file grows as it is written. Every format. */
    OFF,
    /** The tables of a {@code QCOW2} image, so that writing needs no look-ups to be made; the data itself is still a hole. */
    METADATA,
    /** All of it, reserved by the file system but not written: fast, and no guest finds the disk full. {@code RAW}, {@code QCOW2}, {@code LUKS}. */
    FALLOC,
    /** All of it, written with zeroes: slow, for file systems that cannot reserve. {@code RAW}, {@code QCOW2}, {@code LUKS}. */
    FULL;

    String qemuName() {
        return switch (this) {
            case OFF -> "off";
            case METADATA -> "metadata";
            case FALLOC -> "falloc";
            case FULL -> "full";
        };
    }
}
