package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.BackupJob.Consistency;
import io.hvkit.hypervisor.spi.FrozenGuest;
import io.hvkit.hypervisor.spi.GuestAgent;
import io.hvkit.hypervisor.spi.Quiescing;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A guest that is held for the moment of a backup, as far as it can be, and what came of that. Ended on every path. */
final class GuestPause {

    private static final Logger LOG = LoggerFactory.getLogger(GuestPause.class);

    /** The guest may stand still for as long; a backup begins in much less. */
    private static final Duration LONGEST = Duration.ofSeconds(20);

    private final Optional<FrozenGuest> guest;
    private volatile Consistency consistency;
    private volatile Optional<String> whyNot;

    private GuestPause(Optional<FrozenGuest> guest, Consistency consistency, Optional<String> whyNot) {
        this.guest = guest;
        this.consistency = consistency;
        this.whyNot = whyNot;
    }

    /** Returns what is known of one that another process began. */
    static GuestPause ofAnother() {
        return new GuestPause(Optional.empty(), Consistency.UNKNOWN, Optional.empty());
    }

    /** Freezes a guest, or finds out why it cannot be; throws that if it must be. */
    static GuestPause of(GuestAgent agent, MachineId machine, Quiescing wish) throws InterruptedException {
        if (wish == Quiescing.NONE) {
            return new GuestPause(Optional.empty(), Consistency.POWER_CUT, Optional.empty());
        }
        try {
            FrozenGuest guest = agent.freeze(machine, LONGEST);
            return new GuestPause(Optional.of(guest), Consistency.QUIESCED, Optional.empty());
        } catch (DriverException e) {
            if (wish == Quiescing.REQUIRED) {
                throw e;
            }
            LOG.debug("machine {} is backed up as after a power cut", machine, e);
            return new GuestPause(Optional.empty(), Consistency.POWER_CUT, Optional.of(words(e)));
        }
    }

    private static String words(DriverException e) {
        return e.failure() + ": " + e.getMessage();
    }

    /** Thaws the guest. If it was not frozen all the time, the backup is one as after a power cut. */
    void end() {
        if (guest.isPresent()) {
            try {
                guest.get().close();
            } catch (DriverException e) {
                LOG.warn(
                        "machine {} may not have been frozen at the moment of its backup",
                        guest.get().machine(),
                        e);
                consistency = Consistency.POWER_CUT;
                whyNot = Optional.of(words(e));
            }
        }
    }

    Consistency consistency() {
        return consistency;
    }

    Optional<String> whyNot() {
        return whyNot;
    }
}
