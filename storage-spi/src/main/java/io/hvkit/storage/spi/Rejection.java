package io.hvkit.storage.spi;

import io.hvkit.core.Incubating;

/**
 * One thing that speaks against a host.
 *
 * @param reason what it is, for programs
 * @param detail what was seen, for people
 */
@Incubating(since = "0.1")
public record Rejection(Reason reason, String detail) {

    /** What speaks against a host. */
    public enum Reason {
        /** Nobody knows such a host; it was removed. */
        UNKNOWN_HOST,
        /** It is not where to look. */
        OUT_OF_SCOPE,
        /** The question leaves it out. */
        EXCLUDED,
        /** A machine runs with the volumes elsewhere, and only its own host may touch them. */
        NOT_THE_MACHINES_HOST,
        /** It is down, connecting, in maintenance or disabled. */
        NOT_UP,
        /** Its cluster is out of use. */
        CLUSTER_DISABLED,
        /** Its cluster takes no storage jobs. */
        CLUSTER_EXCLUDED,
        /** It was seen to lack a feature. */
        LACKS_FEATURE,
        /** Nobody has seen whether it has a feature. */
        FEATURE_UNKNOWN,
        /** It does not reach a pool. */
        POOL_OUT_OF_REACH,
        /** It was looked at again and did not answer. */
        PROBE_FAILED
    }

    @Override
    public String toString() {
        return detail;
    }
}
