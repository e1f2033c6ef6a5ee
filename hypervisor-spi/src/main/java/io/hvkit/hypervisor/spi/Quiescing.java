package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;

/** Whether the guest's agent is asked to have everything on the disks, for the moment of a backup and no longer. */
@Incubating(since = "0.1")
public enum Quiescing {
    /** It is, if it is there and answers; else the disks are as after a power cut. */
    IF_POSSIBLE,
    /** It is, and without it there is no backup. */
    REQUIRED,
    /** It is not: the disks are as after a power cut. */
    NONE
}
