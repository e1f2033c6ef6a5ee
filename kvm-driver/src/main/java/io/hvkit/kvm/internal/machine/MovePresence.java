package io.hvkit.kvm.internal.machine;

/** What a host says of a machine that moves between two. */
enum MovePresence {
    /** It is there, and it is not in between. */
    RUNS,
    /** It is stopped in between, with all that it is: leaving, or not yet arrived. */
    IN_TRANSIT,
    /** It is stopped here, and parts of its memory are there already: it can run here no more. */
    TORN,
    /** All of it has arrived there, and it waits until it has ended where it was. */
    HELD,
    /** It does not run there. */
    ABSENT,
    /** The host does not answer. */
    UNKNOWN
}
