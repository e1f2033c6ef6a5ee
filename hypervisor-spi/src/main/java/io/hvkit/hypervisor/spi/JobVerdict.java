package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Function;

/**
 * How a job ended: a block job on a disk, the move of a machine to another host, or a backup, whose targets are its images. Read back from the hosts, whatever the call
 * said that did it. Closed: a new case is a new major version.
 */
@Incubating(since = "0.1")
public sealed interface JobVerdict {

    /**
     * The machine was seen to use the target, and not the source: another disk, another host, or fewer layers. Of a backup, the hypervisor
     * said that everything is in its images.
     *
     * @param warnings what could not be tidied up afterwards, such as the key of the old disk; empty nearly always
     */
    record Succeeded(List<String> warnings) implements JobVerdict {
        /** Copies the list. */
        public Succeeded {
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * The machine was seen to use the source as before, and not the target; or it has ended there while a block job ran. The target
     * of a move is of no use; that of a merge lies below the source, and is needed as before.
     *
     * @param failure the portable reason, which says what can be done
     * @param reason what the hypervisor said, or what was seen
     */
    record Failed(Failure failure, String reason) implements JobVerdict {}

    /**
     * The machine was seen to use the source as before, and not the target, because somebody asked for it; of the target, the same is
     * so as of a failed job's.
     */
    record Cancelled() implements JobVerdict {}

    /**
     * The job is over and nobody can say that it succeeded: the hosts did not answer, or the machine was seen on neither side.
     * All disks of both sides must be kept until somebody has looked.
     *
     * @param evidence what was seen
     */
    record Vanished(String evidence) implements JobVerdict {}

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
                            .message("the job failed, the machine is as it was: %s", failed.reason());
                },
                cancelled -> {
                    throw new CancellationException("the job was cancelled, the machine is as it was");
                },
                vanished -> {
                    throw DriverException.because(Failure.UNREACHABLE)
                            .effect(Effect.UNKNOWN)
                            .message("how the job ended is not known; keep all disks: %s", vanished.evidence());
                });
    }
}
