package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.JobVerdict;
import java.util.List;
import java.util.Optional;

/**
 * What follows from what both hosts say of a machine on its way.
 *
 * @param verdict how the move ended, if that can be said
 * @param next what to do before the hosts are looked at again, if it cannot
 */
record MoveDecision(Optional<JobVerdict> verdict, Next next) {

    /** What the caller wants. */
    enum Wish {
        MOVE,
        CANCEL
    }

    /** How sure it is that nobody works on the move. */
    enum Leader {
        /** The call that led it is over. */
        GONE,
        /** Another process may lead it, but the hosts have said the same for a while. */
        SILENT,
        /** Another process may lead it. */
        PERHAPS
    }

    /** Whether the guest can have run on the target. */
    enum Ran {
        /** It was to be held there, and nobody has let it go. */
        NEVER,
        /** It may have been let go, and may have changed what it has on disks. */
        PERHAPS
    }

    /** What to do next. */
    enum Next {
        /** Nothing. */
        WAIT,
        /** The machine is on the target, and nobody will end what is left of it on the source. */
        END_SOURCE,
        /** The machine goes on on the source, and what has arrived on the target is to go. */
        END_TARGET,
        /** The machine is on the source alone, stopped for a move of which nothing is left, and nobody will let it go on. */
        RESUME_SOURCE
    }

    private static final MoveDecision WAIT = new MoveDecision(Optional.empty(), Next.WAIT);

    /**
     * Decides.
     *
     * @param ran whether the source, which is stopped since all of it had left, may go on if it is the only one
     * @param said why the move failed, as far as it was said; it decides nothing but the reason
     */
    static MoveDecision from(MoveSight sight, Leader leader, Ran ran, Wish wish, Optional<DriverException> said) {
        MovePresence source = sight.source();
        MovePresence target = sight.target();
        if (source == MovePresence.ABSENT && sight.isThere()) {
            return ended(new JobVerdict.Succeeded(List.of()));
        }
        if (source == MovePresence.ABSENT && target == MovePresence.ABSENT) {
            return ended(new JobVerdict.Vanished("the machine runs on neither host: " + words(said)));
        }
        boolean torn = source == MovePresence.TORN && (target == MovePresence.TORN || target == MovePresence.ABSENT);
        if (torn && leader != Leader.PERHAPS) {
            return ended(new JobVerdict.Vanished("its memory is in parts on both hosts: " + words(said)));
        }
        if (sight.work() == MoveSight.Work.GOING_ON || leader == Leader.PERHAPS) {
            return WAIT;
        }
        if (source == MovePresence.RUNS && target == MovePresence.ABSENT) {
            return ended(wish == Wish.CANCEL ? new JobVerdict.Cancelled() : failed(said));
        }
        if (source == MovePresence.IN_TRANSIT && sight.isThere() && leader == Leader.SILENT) {
            return new MoveDecision(Optional.empty(), Next.END_SOURCE);
        }
        if (source == MovePresence.IN_TRANSIT
                && target == MovePresence.ABSENT
                && leader == Leader.SILENT
                && ran == Ran.NEVER) {
            return new MoveDecision(Optional.empty(), Next.RESUME_SOURCE);
        }
        if (source == MovePresence.RUNS && target == MovePresence.HELD) {
            return new MoveDecision(Optional.empty(), Next.END_TARGET);
        }
        return WAIT;
    }

    /** Returns the verdict if there is none for too long. */
    static JobVerdict givenUp(MoveSight sight, Optional<DriverException> said) {
        return new JobVerdict.Vanished(sight + "; " + words(said));
    }

    private static MoveDecision ended(JobVerdict verdict) {
        return new MoveDecision(Optional.of(verdict), Next.WAIT);
    }

    private static JobVerdict failed(Optional<DriverException> said) {
        return new JobVerdict.Failed(said.map(DriverException::failure).orElse(Failure.DEFECT), words(said));
    }

    private static String words(Optional<DriverException> said) {
        return said.map(failure -> String.valueOf(failure.getMessage())).orElse("libvirt said that it had moved");
    }
}
