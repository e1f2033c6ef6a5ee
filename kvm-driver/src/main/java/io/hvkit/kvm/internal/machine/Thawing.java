package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a guest to thaw, again and again, until it was seen to be. */
final class Thawing {

    private static final Logger LOG = LoggerFactory.getLogger(Thawing.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

    /** How the guest came to be thawed. */
    enum Outcome {
        /** It was frozen until it was asked. */
        BY_US,
        /** It was not frozen any more. */
        BEFORE,
        /** It was asked several times; which of them did it, nobody knows. */
        SOMEHOW,
        /** There is no guest any more, or it was never frozen. */
        NOTHING_TO_THAW
    }

    private final LibvirtSession session;
    private final Thaws thaws;
    private final MachineId machine;
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    private volatile boolean doubted;
    private volatile String lastFailure = "no answer yet";

    Thawing(LibvirtSession session, Thaws thaws, MachineId machine) {
        this.session = session;
        this.thaws = thaws;
        this.machine = machine;
    }

    /** It is not known whether the guest is frozen. */
    void doubt() {
        doubted = true;
    }

    /** There is nothing to thaw. */
    void spare() {
        outcome.complete(Outcome.NOTHING_TO_THAW);
    }

    /** Begins to ask the guest, in the background. */
    void begin(int fileSystems) {
        after(Duration.ZERO, fileSystems);
    }

    private void after(Duration pause, int fileSystems) {
        try {
            Future<?> unused = thaws.after(pause, () -> ask(pause, fileSystems));
        } catch (RejectedExecutionException e) {
            outcome.completeExceptionally(e); // the connection is closed
        }
    }

    private void ask(Duration pause, int fileSystems) {
        try {
            outcome.complete(session.change(
                    "thaw the guest of machine " + machine, connection -> asked(connection, fileSystems)));
        } catch (DriverException e) {
            doubted = true;
            lastFailure = String.valueOf(e.getMessage());
            LOG.warn("the guest of machine {} may still be frozen, asking it again: {}", machine, lastFailure);
            Duration next = pause.isZero() ? FIRST_PAUSE : pause.multipliedBy(2);
            after(next.compareTo(LONGEST_PAUSE) < 0 ? next : LONGEST_PAUSE, fileSystems);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the connection is being closed
        } catch (RuntimeException e) {
            LOG.error("the guest of machine {} may still be frozen", machine, e);
            outcome.completeExceptionally(e);
        }
    }

    private Outcome asked(LibvirtConnection connection, int fileSystems) throws LibvirtException {
        try (AgentDomain agent = AgentDomain.running(connection, machine)) {
            int count = agent.thawed();
            if (doubted) {
                return Outcome.SOMEHOW;
            }
            return count == 0 && fileSystems > 0 ? Outcome.BEFORE : Outcome.BY_US;
        } catch (DriverException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                return Outcome.NOTHING_TO_THAW; // its guest has ended
            }
            throw e;
        }
    }

    /** Does something once the guest was seen to be thawed. */
    void whenDone(Runnable work) {
        CompletableFuture<Void> unused = outcome.thenRun(work);
    }

    /** Returns whether the guest is seen to be thawed within that time. */
    boolean isDoneWithin(Duration patience) throws InterruptedException {
        try {
            outcome.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException | ExecutionException e) {
            return false;
        }
    }

    /** Returns what the guest's agent or libvirt said last, if that was not that it is thawed. */
    String lastFailure() {
        return lastFailure;
    }

    /** Returns how the guest came to be thawed; fails if it was not seen to be by then. An interruption does not hold that up. */
    Outcome await(Deadline patience) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return outcome.get(patience.left(Thaws.PATIENCE).toMillis(), TimeUnit.MILLISECONDS);
                } catch (InterruptedException e) {
                    interrupted = true; // thawing comes first
                } catch (TimeoutException | ExecutionException e) {
                    throw DriverException.because(Failure.UNREACHABLE)
                            .effect(Effect.UNKNOWN)
                            .causedBy(e)
                            .message(
                                    "the guest of machine %s may still be frozen, and is asked to thaw again and again: %s",
                                    machine, lastFailure);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
