package io.hvkit.kvm.internal.machine;

/** What a host says of a machine that moves between two. */
enum MovePresence {
    /** It is there, and it is not in between. */
    RUNS,
    /** It is stopped in between: leaving, or not yet arrived. */
    IN_TRANSIT,
    /** It does not run there. */
    ABSENT,
    /** The host does not answer. */
    UNKNOWN
}
