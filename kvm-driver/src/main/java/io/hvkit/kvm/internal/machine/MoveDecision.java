package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.MoveVerdict;
import java.util.List;
import java.util.Optional;

/** What follows from what both hosts say of a machine, once libvirt's call is over. */
final class MoveDecision {

    /** What the caller wants. */
    enum Wish {
        MOVE,
        CANCEL
    }

    private MoveDecision() {}

    /**
     * Returns the verdict; nothing if the hosts must be looked at again.
     *
     * @param said why libvirt's call failed, if it did; it decides nothing but the reason
     */
    static Optional<MoveVerdict> from(
            MovePresence source, MovePresence target, Wish wish, Optional<DriverException> said) {
        if (source == MovePresence.ABSENT && target == MovePresence.RUNS) {
            return Optional.of(new MoveVerdict.Succeeded(List.of()));
        }
        if (source == MovePresence.RUNS && target == MovePresence.ABSENT) {
            return Optional.of(wish == Wish.CANCEL ? new MoveVerdict.Cancelled() : failed(said));
        }
        if (source == MovePresence.ABSENT && target == MovePresence.ABSENT) {
            return Optional.of(new MoveVerdict.Vanished("the machine runs on neither host: " + words(said)));
        }
        return Optional.empty();
    }

    /** Returns the verdict if there is none for too long. */
    static MoveVerdict givenUp(MovePresence source, MovePresence target, Optional<DriverException> said) {
        return new MoveVerdict.Vanished("source: " + source + ", target: " + target + "; " + words(said));
    }

    private static MoveVerdict failed(Optional<DriverException> said) {
        return new MoveVerdict.Failed(said.map(DriverException::failure).orElse(Failure.DEFECT), words(said));
    }

    private static String words(Optional<DriverException> said) {
        return said.map(failure -> String.valueOf(failure.getMessage())).orElse("libvirt said that it had moved");
    }
}
