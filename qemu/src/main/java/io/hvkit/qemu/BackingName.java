package io.hvkit.qemu;

/** How a new image names in its header what it lies over. */
public enum BackingName {
    /** By the whole path: the new image may be moved, what it lies over may not. */
    ABSOLUTE,
    /** By the path from the new image's own folder, in or below which it is: the folder may be moved or mounted elsewhere. */
    RELATIVE
}
