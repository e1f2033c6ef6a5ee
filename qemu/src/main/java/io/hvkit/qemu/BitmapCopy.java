package io.hvkit.qemu;

/** Whether a conversion takes along a qcow2 image's bitmaps, which say what changed since a backup. */
public enum BitmapCopy {
    /** None is copied. */
    NONE,
    /** Each is copied; one that is broken, as a crash leaves it, makes the conversion fail. */
    ALL,
    /** Each is copied but those that are broken. */
    ALL_BUT_BROKEN
}
