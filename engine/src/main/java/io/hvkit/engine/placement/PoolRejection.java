package io.hvkit.engine.placement;

import io.hvkit.core.Incubating;

/**
 * One thing that speaks against a pool.
 *
 * @param reason what it is, for programs
 * @param detail what was seen, with figures, for people
 */
@Incubating(since = "0.1")
public record PoolRejection(Reason reason, String detail) {

    /** What speaks against a pool. */
    public enum Reason {
        /** The catalog has no such pool; it was removed. */
        UNKNOWN_POOL,
        /** The question leaves it out. */
        EXCLUDED,
        /** None of the hosts that are to use the volume reaches it. */
        OUT_OF_REACH,
        /** It is in maintenance or out of use. */
        NOT_IN_USE,
        /** The cluster that alone reaches it, or the host, is in maintenance or out of use. */
        HOSTS_NOT_IN_USE,
        /** It was not up when it was seen last. */
        NOT_UP,
        /** No plug-in brings its type. */
        TYPE_ABSENT,
        /** It is a parent of pools, which take volumes in its place. */
        PARENT_OF_POOLS,
        /** It is not shared, or not local, as is wanted. */
        OTHER_SHARING,
        /** It lacks a tag. */
        LACKS_TAG,
        /** Nobody has asked it how it is. */
        NOT_ASKED,
        /** It was asked, and did not answer. */
        NO_ANSWER,
        /** It was asked, and failed to tell. */
        FAILED,
        /** What it said was too long ago. */
        STALE,
        /** It encrypts nothing. */
        NO_ENCRYPTION,
        /** It has no such format, or cannot encrypt it. */
        NO_SUCH_FORMAT,
        /** It was asked, and makes no such volume. */
        REFUSED,
        /** It would promise more than it may. */
        NO_ROOM,
        /** Too much of it is in use. */
        TOO_FULL
    }

    @Override
    public String toString() {
        return detail;
    }
}
