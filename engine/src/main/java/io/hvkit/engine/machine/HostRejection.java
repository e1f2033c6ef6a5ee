package io.hvkit.engine.machine;

import io.hvkit.core.Incubating;

/**
 * One thing that speaks against a host.
 *
 * @param reason what it is, for programs
 * @param detail what was seen, with figures, for people
 */
@Incubating(since = "0.1")
public record HostRejection(Reason reason, String detail) {

    /** What speaks against a host. */
    public enum Reason {
        /** Another host is asked for, or the machine is on this one already. */
        EXCLUDED,
        /** It does not reach the pool of a disk. */
        OUT_OF_REACH,
        /** It is in maintenance or out of use. */
        NOT_IN_USE,
        /** Its cluster is out of use. */
        CLUSTER_NOT_IN_USE,
        /** It was not up when it was seen last. */
        NOT_UP,
        /** It is kept for somebody else. */
        DEDICATED,
        /** It lacks a tag. */
        LACKS_TAG,
        /** No plug-in brings its type. */
        TYPE_ABSENT,
        /** It was asked, and did not answer. */
        NO_ANSWER,
        /** It was asked, and failed to tell. */
        FAILED,
        /** A disk has a key, and its hypervisor opens none. */
        NO_ENCRYPTION,
        /** Its hypervisor lacks something else that the machine needs. */
        LACKS_FEATURE,
        /** It has another machine of that name. */
        NAME_TAKEN,
        /** Its processors are promised to others. */
        NO_PROCESSORS,
        /** Its memory is promised to others. */
        NO_MEMORY
    }

    @Override
    public String toString() {
        return detail;
    }
}
