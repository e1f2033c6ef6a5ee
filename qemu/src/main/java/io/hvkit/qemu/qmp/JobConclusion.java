package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Function;

/** How a job ended. Closed: a new case is a new major version. */
public sealed interface JobConclusion {

    /** It did all its work. */
    record Succeeded() implements JobConclusion {}

    /**
     * It gave up. What it wrote to is of no use.
     *
     * @param failure the portable reason, which says what can be done
     * @param reason what qemu said
     */
    record Failed(Failure failure, String reason) implements JobConclusion {}

    /** Somebody cancelled it. What it wrote to is of no use. */
    record Cancelled() implements JobConclusion {}

    /**
     * It is gone without a word. It did not succeed; keep all that it read and wrote until somebody has looked.
     *
     * @param evidence what was seen instead
     */
    record Vanished(String evidence) implements JobConclusion {}

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
     * @throws DriverException if it failed or vanished; the effect is {@code UNKNOWN}, since it may have written
     * @throws CancellationException if it was cancelled
     */
    default void orThrow() {
        match(
                succeeded -> succeeded,
                failed -> {
                    throw DriverException.because(failed.failure())
                            .effect(Effect.UNKNOWN)
                            .message("the job failed: %s", failed.reason());
                },
                cancelled -> {
                    throw new CancellationException("the job was cancelled");
                },
                vanished -> {
                    throw DriverException.because(Failure.UNREACHABLE)
                            .effect(Effect.UNKNOWN)
                            .message("the job is gone without a word; keep all disks: %s", vanished.evidence());
                });
    }

    /** Returns how a job ended that left this error, or none. */
    static JobConclusion of(Optional<String> error) {
        return error.<JobConclusion>map(words ->
                        QmpErrors.saysCancelled(words) ? new Cancelled() : new Failed(QmpErrors.ofJob(words), words))
                .orElseGet(Succeeded::new);
    }
}
