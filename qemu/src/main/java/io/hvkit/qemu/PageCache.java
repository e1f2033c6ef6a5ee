package io.hvkit.qemu;

/** Whether reading or writing an image goes through the host's page cache. What is written is on the disk at the end either way. */
public enum PageCache {
    /** Past it: the memory of the host's guests is left alone. Where a file system cannot do that, it is used after all. */
    BYPASSED("none"),
    /** Through it. */
    USED("writeback");

    private final String qemuName;

    PageCache(String qemuName) {
        this.qemuName = qemuName;
    }

    String qemuName() {
        return qemuName;
    }
}
