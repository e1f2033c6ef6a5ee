package io.hvkit.qemu;

import java.util.List;

/** Whether others may hold an image that is read. */
enum Sharing {
    /** Nobody may be writing it. */
    ALONE,
    /** Anybody may. */
    SHARED;

    /** Returns what tells qemu-img so. */
    List<String> flags() {
        return this == SHARED ? List.of("--force-share") : List.of();
    }
}
