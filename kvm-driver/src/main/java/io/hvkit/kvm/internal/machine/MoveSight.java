package io.hvkit.kvm.internal.machine;

/**
 * What both hosts say of a machine that moves.
 *
 * @param source what the source says
 * @param target what the target says
 * @param work whether the source is at work on it
 */
record MoveSight(MovePresence source, MovePresence target, Work work) {

    /** Whether a host is at work on a machine. */
    enum Work {
        GOING_ON,
        NONE
    }

    /** Returns whether a move is going on, whoever leads it. */
    boolean isUnderWay() {
        return work == Work.GOING_ON || isBetween(source) || isBetween(target);
    }

    /** Returns whether all of the machine is on the target, and it goes on there or waits for nothing but the source. */
    boolean isThere() {
        return target == MovePresence.RUNS || target == MovePresence.HELD;
    }

    private static boolean isBetween(MovePresence presence) {
        return presence == MovePresence.IN_TRANSIT || presence == MovePresence.HELD || presence == MovePresence.TORN;
    }

    @Override
    public String toString() {
        return "source: " + source + ", target: " + target + (work == Work.GOING_ON ? ", the source is at work" : "");
    }
}
