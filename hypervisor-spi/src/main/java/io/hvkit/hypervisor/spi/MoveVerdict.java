package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Function;

/**
 * How a move ended, of a disk to another place or of a machine to another host. Read back from the hosts, whatever the call said
 * that made the move. Closed: a new case is a new major version.
 */
@Incubating(since = "0.1")
public sealed interface MoveVerdict {

    /**
     * The machine was seen to use the target, and not the source.
     *
     * @param warnings what could not be tidied up afterwards, such as the key of the old disk; empty nearly always
     */
    record Succeeded(List<String> warnings) implements MoveVerdict {
        /** Copies the list. */
        public Succeeded {
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * The machine was seen to use the source as before, and not the target; or, where a disk moves, it has ended on the source.
     * What was copied is of no use.
     *
     * @param failure the portable reason, which says what can be done
     * @param reason what the hypervisor said, or what was seen
     */
    record Failed(Failure failure, String reason) implements MoveVerdict {}

    /** The machine was seen to use the source as before, and not the target, because somebody asked for it. */
    record Cancelled() implements MoveVerdict {}

    /**
     * The move is over and nobody can say that it succeeded: the hosts did not answer, or the machine was seen on neither side.
     * All disks of both sides must be kept until somebody has looked.
     *
     * @param evidence what was seen
     */
    record Vanished(String evidence) implements MoveVerdict {}

    /** Answers for whichever case this is; the compiler sees to it that none is left out. */
    default <R> R match(
            Function<? super Succeeded, ? extends R> succeeded,
            Function<? super Failed, ? extends R> failed,
            Function<? super Cancelled, ? extends R> cancelled,
            Function<? super Vanished, ? extends R> vanished) {
        if (this instanceof Succeeded s) {
            return succeeded.apply(s);
        }
        if (this instanceof Failed f) {
            return failed.apply(f);
        }
        if (this instanceof Cancelled c) {
            return cancelled.apply(c);
        }
        return vanished.apply((Vanished) this);
    }

    /**
     * Returns if the move succeeded.
     *
     * @throws DriverException if it failed or vanished; the effect is {@code NOT_APPLIED} or {@code UNKNOWN}
     * @throws CancellationException if it was cancelled
     */
    default void orThrow() {
        match(
                succeeded -> succeeded,
                failed -> {
                    throw DriverException.because(failed.failure())
                            .effect(Effect.NOT_APPLIED)
                            .message("the move failed and nothing has moved: %s", failed.reason());
                },
                cancelled -> {
                    throw new CancellationException("the move was cancelled and nothing has moved");
                },
                vanished -> {
                    throw DriverException.because(Failure.UNREACHABLE)
                            .effect(Effect.UNKNOWN)
                            .message("how the move ended is not known; keep all disks: %s", vanished.evidence());
                });
    }
}
