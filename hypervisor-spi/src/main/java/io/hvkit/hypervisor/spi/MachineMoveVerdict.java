package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Function;

/** How the move of a machine ended, read back from both hosts. Closed: a new case is a new major version. */
@Incubating(since = "0.1")
public sealed interface MachineMoveVerdict {

    /**
     * The machine was seen to run on the target, and not on the source.
     *
     * @param warnings what could not be tidied up on the source, such as a key; empty nearly always
     */
    record Succeeded(List<String> warnings) implements MachineMoveVerdict {
        /** Copies the list. */
        public Succeeded {
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * The machine was seen to run on the source, and not on the target. Target disks are of no use.
     *
     * @param failure the portable reason, which says what can be done
     * @param reason what the hypervisor said
     */
    record Failed(Failure failure, String reason) implements MachineMoveVerdict {}

    /** The machine was seen to run on the source, and not on the target, because somebody asked for it. */
    record Cancelled() implements MachineMoveVerdict {}

    /**
     * The hosts did not say where the machine runs, or it runs on neither. All disks of both sides must be kept until somebody
     * has looked.
     *
     * @param evidence what was seen of both hosts
     */
    record Vanished(String evidence) implements MachineMoveVerdict {}

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
     * Returns if the machine runs on the target.
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
                            .message("the move failed, the machine runs where it was: %s", failed.reason());
                },
                cancelled -> {
                    throw new CancellationException("the move was cancelled, the machine runs where it was");
                },
                vanished -> {
                    throw DriverException.because(Failure.UNREACHABLE)
                            .effect(Effect.UNKNOWN)
                            .message("where the machine runs is not known; keep all disks: %s", vanished.evidence());
                });
    }
}
