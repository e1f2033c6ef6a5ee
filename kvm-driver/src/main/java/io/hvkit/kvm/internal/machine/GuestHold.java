package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.FrozenGuest;
import io.hvkit.hypervisor.spi.GuestAgent;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A guest that is frozen, or is being frozen, or may have been. It ends once, by whatever comes first: its owner, its time, a failure,
 * or the end of the connection; then the guest is asked to thaw until it was seen to be.
 */
final class GuestHold implements FrozenGuest {

    /** What ended it. */
    private enum End {
        NONE,
        CLOSED,
        /** Its time was over. */
        LATE,
        /** Nobody holds it: the call that was to freeze did not return it, or the connection is closed. */
        ABANDONED
    }

    /** How far the freezing is. */
    private enum Freezing {
        /** The agent was not asked, or it refused. */
        NOT_ASKED,
        /** The agent is being asked. */
        UNDER_WAY,
        /** It was asked, and what it did is to be undone. */
        ASKED
    }

    private final MachineId machine;
    private final Deadline deadline;
    private final Instant thawedBy;
    private final Thawing thawing;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final ReentrantLock lock = new ReentrantLock();
    private End end = End.NONE;
    private Freezing freezing = Freezing.NOT_ASKED;
    private volatile int fileSystems;
    private volatile OptionalInt leftOut = OptionalInt.empty();

    private GuestHold(MachineId machine, Duration longest, Thawing thawing) {
        this.machine = machine;
        this.deadline = Deadline.after(longest);
        this.thawedBy = Instant.now().plus(longest);
        this.thawing = thawing;
    }

    /**
     * Returns a hold of which nothing is frozen yet, and whose time runs.
     *
     * @throws IllegalStateException if the connection is closed
     */
    static GuestHold begun(LibvirtSession session, Thaws thaws, MachineId machine, Duration longest) {
        Thawing thawing = new Thawing(session, thaws, machine);
        GuestHold hold = new GuestHold(machine, longest, thawing);
        try {
            Future<?> timer = thaws.after(longest, () -> hold.end(End.LATE));
            thaws.add(hold);
            thawing.whenDone(() -> {
                timer.cancel(false);
                thaws.remove(hold);
            });
            return hold;
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("the connection is closed", e);
        }
    }

    @Override
    public MachineId machine() {
        return machine;
    }

    @Override
    public int fileSystems() {
        return fileSystems;
    }

    @Override
    public OptionalInt fileSystemsLeftOut() {
        return leftOut;
    }

    @Override
    public Instant thawedBy() {
        return thawedBy;
    }

    /** Freezes the guest, once, on a thread of libvirt's; whoever asked for it may be gone by now. */
    MachineId freeze(LibvirtConnection connection) throws LibvirtException {
        try (AgentDomain agent = AgentDomain.withChannel(connection, machine)) {
            requireThawed(agent);
            OptionalInt all = agent.fileSystems(); // first: a guest that is frozen says nothing of them
            begin();
            try {
                fileSystems = agent.freeze(seconds());
                leftOut = all.isPresent()
                        ? OptionalInt.of(Math.max(0, all.getAsInt() - fileSystems))
                        : OptionalInt.empty();
                asked();
            } catch (LibvirtException e) {
                throw failed(agent, e);
            }
            return machine;
        }
    }

    private void requireThawed(AgentDomain agent) throws LibvirtException {
        try {
            if (agent.isFrozen()) {
                throw agent.frozen();
            }
        } catch (LibvirtException e) {
            throw agent.refused(e);
        }
    }

    private int seconds() {
        return (int) Math.max(1, deadline.left(GuestAgent.LONGEST_FREEZE).toSeconds());
    }

    private void begin() {
        lock.lock();
        try {
            if (end != End.NONE) {
                throw DriverException.because(Failure.TIMED_OUT)
                        .effect(Effect.NOT_APPLIED)
                        .message("there was no time left to freeze the guest of machine %s", machine);
            }
            freezing = Freezing.UNDER_WAY;
        } finally {
            lock.unlock();
        }
    }

    /** The agent has done what it was asked, or nobody knows. */
    private void asked() {
        boolean over;
        lock.lock();
        try {
            freezing = Freezing.ASKED;
            over = end != End.NONE;
        } finally {
            lock.unlock();
        }
        if (over) {
            thawing.begin(fileSystems);
        }
    }

    /** The agent has done nothing. */
    private void spared() {
        boolean over;
        lock.lock();
        try {
            freezing = Freezing.NOT_ASKED;
            over = end != End.NONE;
        } finally {
            lock.unlock();
        }
        if (over) {
            thawing.spare();
        }
    }

    private RuntimeException failed(AgentDomain agent, LibvirtException e) throws LibvirtException {
        if (e.saysAgentDisabled()) { // somebody may have been faster, and must not be disturbed
            spared();
            return agent.refused(e);
        }
        thawing.doubt();
        asked();
        if (e.saysAgentSilent()) {
            return DriverException.because(Failure.TIMED_OUT)
                    .effect(Effect.UNKNOWN)
                    .causedBy(e)
                    .message(
                            "the guest of machine %s was not frozen in time: %s",
                            machine, String.valueOf(e.getMessage()));
        }
        return agent.refused(e);
    }

    /** Nobody is to have it. Thaws in the background, if there may be something to thaw. */
    void abandon() {
        end(End.ABANDONED);
    }

    /** Returns why the guest was not frozen, with what is known of it now. */
    RuntimeException told(RuntimeException failure) throws InterruptedException {
        if (!(failure instanceof DriverException driver) || isUntouched()) {
            return failure;
        }
        Effect effect = thawing.isDoneWithin(Thaws.PATIENCE) ? Effect.NOT_APPLIED : Effect.UNKNOWN;
        return DriverException.because(driver.failure())
                .effect(effect)
                .causedBy(driver)
                .message(
                        "%s; %s",
                        String.valueOf(driver.getMessage()),
                        effect == Effect.NOT_APPLIED
                                ? "nothing is frozen now"
                                : "it may be frozen, and is asked to thaw again and again: " + thawing.lastFailure());
    }

    private boolean isUntouched() {
        lock.lock();
        try {
            return freezing == Freezing.NOT_ASKED;
        } finally {
            lock.unlock();
        }
    }

    private void end(End why) {
        Freezing now;
        lock.lock();
        try {
            if (end != End.NONE) {
                return;
            }
            end = why;
            now = freezing;
        } finally {
            lock.unlock();
        }
        switch (now) {
            case NOT_ASKED -> thawing.spare(); // nor will it be, since it has ended
            case UNDER_WAY -> {} // who asks will see that it has ended
            case ASKED -> thawing.begin(fileSystems);
        }
    }

    /** Returns when the guest was seen to be thawed; fails if it was not by then. */
    void awaitThawed(Deadline patience) {
        Thawing.Outcome unused = thawing.await(patience);
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        end(End.CLOSED);
        Thawing.Outcome how = thawing.await(Deadline.after(Thaws.PATIENCE));
        if (ended() != End.CLOSED) {
            throw DriverException.because(Failure.TIMED_OUT)
                    .effect(Effect.APPLIED)
                    .message(
                            "the guest of machine %s was thawed before, since its time was over or its connection closed; what"
                                    + " was done since then is not of one moment",
                            machine);
        }
        if (how == Thawing.Outcome.BEFORE) {
            throw DriverException.because(Failure.IN_USE)
                    .effect(Effect.APPLIED)
                    .message(
                            "somebody else thawed the guest of machine %s before; what was done since then is not of one moment",
                            machine);
        }
    }

    private End ended() {
        lock.lock();
        try {
            return end;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        return "frozen guest of machine " + machine;
    }
}
