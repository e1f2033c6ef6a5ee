package io.hvkit.engine.job;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Function;

/**
 * How waiting for a job ended. Closed: a new case is a new major version.
 *
 * @param <R> what the job has for its caller
 */
@Incubating(since = "0.1")
public sealed interface JobEnd<R> {

    /**
     * It has done what was asked for.
     *
     * @param value what it has for its caller
     * @param leftovers what could not be tidied up afterwards, in words for people; empty nearly always
     */
    record Done<R>(R value, List<String> leftovers) implements JobEnd<R> {
        /** Copies the list. */
        public Done {
            leftovers = List.copyOf(leftovers);
        }
    }

    /**
     * It has not ended. It goes on, or waits for somebody who recovers it.
     *
     * @param id the operation, by which it is found later
     * @param halted why it does not go on by itself; nothing if it does
     */
    record Detached<R>(RecordId<OperationRecord> id, Optional<OperationRecord.Fault> halted) implements JobEnd<R> {}

    /**
     * It has not done what was asked for, and took back what it had done, but for what it left behind.
     *
     * @param id the operation
     * @param fault what went wrong; nothing if somebody asked it to stop
     * @param leftovers what it could not take back, in words for people; empty nearly always
     */
    record Stopped<R>(RecordId<OperationRecord> id, Optional<OperationRecord.Fault> fault, List<String> leftovers)
            implements JobEnd<R> {
        /** Copies the list. */
        public Stopped {
            leftovers = List.copyOf(leftovers);
        }

        /** Returns why it stopped, in words for people. */
        public String reason() {
            return fault.map(OperationRecord.Fault::message).orElse("it was cancelled");
        }
    }

    /** Answers for whichever case this is; the compiler sees to it that none is left out. */
    default <T> T match(
            Function<? super Done<R>, ? extends T> done,
            Function<? super Detached<R>, ? extends T> detached,
            Function<? super Stopped<R>, ? extends T> stopped) {
        if (this instanceof Done<R> d) {
            return done.apply(d);
        }
        if (this instanceof Detached<R> d) {
            return detached.apply(d);
        }
        return stopped.apply((Stopped<R>) this);
    }

    /**
     * Returns what the job has for its caller.
     *
     * @throws DriverException with the failure and effect that stopped it; with {@code OPERATION_PENDING} and the effect {@code UNKNOWN}
     *     if it has not ended
     * @throws CancellationException if it stopped because somebody asked for it
     */
    default R orThrow() {
        return match(
                Done::value,
                detached -> {
                    throw DriverException.because(Failure.OPERATION_PENDING)
                            .effect(Effect.UNKNOWN)
                            .message(
                                    "operation %s has not ended%s",
                                    detached.id(),
                                    detached.halted()
                                            .map(fault -> "; it waits for recovery: " + fault.message())
                                            .orElse(""));
                },
                stopped -> {
                    String left = stopped.leftovers().isEmpty()
                            ? ""
                            : "; left behind: " + String.join("; ", stopped.leftovers());
                    OperationRecord.Fault fault = stopped.fault()
                            .orElseThrow(() ->
                                    new CancellationException("operation " + stopped.id() + " was cancelled" + left));
                    throw DriverException.because(fault.failure())
                            .effect(fault.effect())
                            .message("%s%s", fault.message(), left);
                });
    }
}
