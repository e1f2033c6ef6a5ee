package io.hvkit.qemu;

/** What becomes of the rest of a target that exists and is larger than the source. In a new target the rest reads as zeroes. */
public enum TargetRest {
    /** It stays as it is, with whatever somebody left there. */
    KEPT,
    /** It reads as zeroes afterwards. */
    ZEROED
}
