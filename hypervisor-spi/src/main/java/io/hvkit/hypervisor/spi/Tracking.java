package io.hvkit.hypervisor.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import java.util.function.Function;

/** How the notes of what was written to a disk fare. Closed: a new case is a new major version. */
@Incubating(since = "0.1")
public sealed interface Tracking {

    /** Why notes are of no use any more. They never become whole again: forget the checkpoint, and copy the whole disk. */
    enum Loss {
        /** The machine does not have that disk any more. */
        DISK_GONE,
        /** The disk is at another place than it was, such as after a move. */
        DISK_MOVED,
        /** The disk has another size. */
        DISK_RESIZED,
        /** The notes are gone or damaged: the machine or its host crashed, or others removed them. */
        NOTES_DAMAGED
    }

    /**
     * The notes are whole.
     *
     * @param changed how much was written since, in whole blocks of the notes; it may count what was written before, and never misses
     *     any
     */
    record Whole(ByteSize changed) implements Tracking {}

    /**
     * The notes are of no use.
     *
     * @param loss why
     * @param evidence what was seen, for people
     */
    record Lost(Loss loss, String evidence) implements Tracking {}

    /** Nobody can say, since the machine does not run. */
    record Unknown() implements Tracking {}

    /** Answers for whichever case this is; the compiler sees to it that none is left out. */
    default <R> R match(
            Function<? super Whole, ? extends R> whole,
            Function<? super Lost, ? extends R> lost,
            Function<? super Unknown, ? extends R> unknown) {
        if (this instanceof Whole w) {
            return whole.apply(w);
        }
        if (this instanceof Lost l) {
            return lost.apply(l);
        }
        return unknown.apply((Unknown) this);
    }
}
