package io.hvkit.qemu;

/** What is at the target before a conversion. */
public enum TargetState {
    /** Nothing; it is made, and appears when it is complete. */
    ABSENT,
    /** An image with room enough and unknown content, such as a block device; incomplete, and known as that, until all is copied. */
    EXISTS,
    /** An image with room enough that reads as zeroes; writing zeroes is spared. Never for LUKS. */
    EXISTS_ZEROED
}
