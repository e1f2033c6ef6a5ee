package io.hvkit.testkit.hypervisor;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.FrozenGuest;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;

/** A guest in memory that is held frozen. Nobody needs to watch its time: it is over when somebody looks. */
final class InMemoryFreeze implements FrozenGuest {

    /** What ended it. */
    enum End {
        NONE,
        CLOSED,
        LATE,
        THAWED_BY_ANOTHER,
        MACHINE_ENDED
    }

    private final MachineId machine;
    private final long until;
    private final Instant thawedBy;
    private final AtomicBoolean closed = new AtomicBoolean();
    private End end = End.NONE;

    InMemoryFreeze(MachineId machine, Duration longest) {
        this.machine = machine;
        this.until = System.nanoTime() + longest.toNanos();
        this.thawedBy = Instant.now().plus(longest);
    }

    @Override
    public MachineId machine() {
        return machine;
    }

    @Override
    public int fileSystems() {
        return 1;
    }

    @Override
    public OptionalInt fileSystemsLeftOut() {
        return OptionalInt.of(0);
    }

    @Override
    public Instant thawedBy() {
        return thawedBy;
    }

    boolean holds() {
        return ended(End.NONE) == End.NONE;
    }

    /** Ends it, unless it has ended, and returns what ended it. */
    synchronized End ended(End how) {
        if (end == End.NONE) {
            end = until - System.nanoTime() <= 0 ? End.LATE : how;
        }
        return end;
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        switch (ended(End.CLOSED)) {
            case LATE -> throw broken(Failure.TIMED_OUT, "its time was over, or its connection closed");
            case THAWED_BY_ANOTHER -> throw broken(Failure.IN_USE, "somebody else thawed it");
            case NONE, CLOSED, MACHINE_ENDED -> {}
        }
    }

    private DriverException broken(Failure failure, String why) {
        return DriverException.because(failure)
                .effect(Effect.APPLIED)
                .message("the guest of machine %s was thawed before: %s", machine, why);
    }
}
