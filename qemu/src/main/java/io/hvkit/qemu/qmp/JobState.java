package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.Arrays;
import java.util.Locale;

/** Where a job is in its life, in the order in which it goes through these. */
public enum JobState {
    /** It was made and has not begun. */
    CREATED,
    /** It works. */
    RUNNING,
    /** It works again when it is resumed. */
    PAUSED,
    /** Source and target are the same and are kept so: it may be completed. */
    READY,
    /** Like {@code READY}, and paused. */
    STANDBY,
    /** Its work is done, and it waits for others that end together with it. */
    WAITING,
    /** Its work is done, and changes nothing among the nodes before it is finalized. */
    PENDING,
    /** It failed or was cancelled, and cleans up. */
    ABORTING,
    /** It has ended; how, can be read until it is dismissed. */
    CONCLUDED,
    /** It is dismissed and gone. Only events say this. */
    NULL;

    /** Returns whether it may be completed. */
    public boolean isReady() {
        return this == READY || this == STANDBY;
    }

    static JobState parse(String name) {
        return Arrays.stream(values())
                .filter(state -> state.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(() -> DriverException.because(Failure.DEFECT)
                        .message("'%s' is a state of a job that is not known here", name));
    }
}
