package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Function;

/** How a block job ended, read back from the machine. Closed: a new case is a new major version. */
@Incubating(since = "0.1")
public sealed interface BlockJobVerdict {

    /**
     * The machine was seen to use the target.
     *
     * @param warnings what could not be tidied up afterwards, such as the key of the old disk; empty nearly always
     */
    record Succeeded(List<String> warnings) implements BlockJobVerdict {
        /** Copies the list. */
        public Succeeded {
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * The machine uses the source as before, or has ended. The target of a move is of no use; that of a merge lies below the source,
     * and is needed as before.
     *
     * @param failure the portable reason, which says what can be done
     * @param reason what the hypervisor said, or what was seen
     */
    record Failed(Failure failure, String reason) implements BlockJobVerdict {}

    /** The machine uses the source as before, because somebody asked for it; of the target, the same is so as of a failed job's. */
    record Cancelled() implements BlockJobVerdict {}

    /**
     * The job is gone without a word. It did not succeed; both disks must be kept until somebody has looked.
     *
     * @param evidence what was seen of the machine
     */
    record Vanished(String evidence) implements BlockJobVerdict {}

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
     * Returns if the job succeeded.
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
                            .message("the copy failed, the machine uses its old disk: %s", failed.reason());
                },
                cancelled -> {
                    throw new CancellationException("the copy was cancelled, the machine uses its old disk");
                },
                vanished -> {
                    throw DriverException.because(Failure.UNREACHABLE)
                            .effect(Effect.UNKNOWN)
                            .message("the copy is gone without a word; keep both disks: %s", vanished.evidence());
                });
    }
}
