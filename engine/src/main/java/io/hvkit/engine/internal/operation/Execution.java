package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.OperationRecord.State;
import io.hvkit.core.DriverException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An operation that runs here, from the moment its lease was taken until it is ended, let go of or lost. */
final class Execution<Q, R> implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(Execution.class);

    private final Procedure<Q, R> procedure;
    private final Page page;
    private final Listeners listeners;
    private final Consumer<Execution<Q, R>> whenGone;
    private final Consumer<Execution<Q, R>> whenOver;
    private final Signals signals = new Signals();
    private final Tidings tidings = new Tidings();
    private final CountDownLatch gone = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);
    private final AtomicBoolean started = new AtomicBoolean();
    private volatile @Nullable Parting parting;

    /**
     * Makes one.
     *
     * @param whenGone told as soon as the operation is left, before those who wait for it
     * @param whenOver told last of all, when listeners have heard of it and nothing more runs here
     */
    Execution(
            Procedure<Q, R> procedure,
            Page page,
            Listeners listeners,
            Consumer<Execution<Q, R>> whenGone,
            Consumer<Execution<Q, R>> whenOver) {
        this.procedure = procedure;
        this.page = page;
        this.listeners = listeners;
        this.whenGone = whenGone;
        this.whenOver = whenOver;
    }

    Page page() {
        return page;
    }

    Signals signals() {
        return signals;
    }

    Tidings tidings() {
        return tidings;
    }

    /** Waits so long, and returns how it left the operation, if it has. */
    Optional<Parting> await(long nanos) throws InterruptedException {
        return gone.await(nanos, TimeUnit.NANOSECONDS) ? Optional.ofNullable(parting) : Optional.empty();
    }

    /** Waits so long until nothing more runs here, and returns whether that is so. */
    boolean awaitOver(long nanos) throws InterruptedException {
        return over.await(nanos, TimeUnit.NANOSECONDS);
    }

    /** Lets go of the operation if nothing has begun to run it, and sees to it that nothing will. */
    void abandon() {
        if (started.compareAndSet(false, true)) {
            leave(letGo(parted(Parting.Way.LET_GO, Optional.empty())));
        }
    }

    @Override
    public void run() {
        if (!started.compareAndSet(false, true)) {
            return;
        }
        OperationEvent event = new OperationEvent();
        event.begin();
        Parting end = new Parting(Parting.Way.LOST, page.record(), Optional.empty());
        try {
            listeners.begun(page.record());
            end = letGo(conduct());
        } catch (RuntimeException e) {
            LOG.error("operation {} was left as it is", page.id(), e);
            end = parted(Parting.Way.HALTED, Optional.of(Faults.of(e)));
        } catch (Error e) {
            end = parted(Parting.Way.HALTED, Optional.of(Faults.of(e)));
            throw e;
        } finally {
            event.finish(end.record());
            leave(end);
        }
    }

    @Override
    public String toString() {
        return "hvkit " + page.record().kind() + " " + page.id();
    }

    private void leave(Parting end) {
        parting = end;
        whenGone.accept(this);
        gone.countDown();
        try {
            switch (end.way()) {
                case ENDED -> listeners.finished(end.record());
                case HALTED -> end.fault().ifPresent(fault -> listeners.halted(end.record(), fault));
                case LET_GO, LOST -> LOG.info("operation {}: {}", page.id(), end.way());
            }
        } finally {
            whenOver.accept(this);
            over.countDown();
        }
    }

    private Parting conduct() {
        try {
            forwardOrBack();
            return parted(Parting.Way.ENDED, Optional.empty());
        } catch (Unwinding.LeaseLost e) {
            return parted(Parting.Way.LOST, Optional.empty());
        } catch (Unwinding.Halted e) {
            return parted(Parting.Way.HALTED, Optional.of(e.fault()));
        } catch (Unwinding.LetGo | InterruptedException e) {
            return parted(Parting.Way.LET_GO, Optional.empty());
        }
    }

    private Parting parted(Parting.Way way, Optional<OperationRecord.Fault> fault) {
        return new Parting(way, page.record(), fault);
    }

    private Parting letGo(Parting end) {
        if (end.way() == Parting.Way.HALTED || end.way() == Parting.Way.LET_GO) {
            boolean interrupted = Thread.interrupted();
            try {
                page.release();
            } catch (Unwinding.LeaseLost e) {
                return parted(Parting.Way.LOST, Optional.empty());
            } catch (DriverException | InterruptedException e) {
                LOG.warn("operation {} is let go of when its lease is over", page.id(), e);
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
        return end;
    }

    private void forwardOrBack() throws InterruptedException {
        JournaledRun run = new JournaledRun(page, signals, tidings);
        try {
            Facts result = forward(run);
            page.end(State.SUCCEEDED, new OperationRecord.Outcome(result, Optional.empty(), run.leftovers()));
        } catch (Unwinding.TurnedBack e) {
            List<String> leftovers = new Undoing(page, signals, run).takeBack();
            Optional<OperationRecord.Fault> why = page.record().outcome().flatMap(OperationRecord.Outcome::failure);
            page.end(
                    why.isPresent() ? State.FAILED : State.CANCELLED,
                    new OperationRecord.Outcome(Facts.NONE, why, leftovers));
        }
    }

    private Facts forward(JournaledRun run) throws InterruptedException {
        Facts result;
        try {
            result = procedure.run(procedure.request(page.record().request()), run);
        } catch (RuntimeException e) {
            run.leaveOffIfMust();
            throw failedBetween(run, Faults.of(e));
        }
        if (page.record().state() == State.UNDOING) {
            throw new Unwinding.TurnedBack();
        }
        if (!run.missed().isEmpty()) {
            throw new Unwinding.Halted(Faults.of(new IllegalStateException(
                    "the journal has steps that the procedure did not come to: " + run.missed())));
        }
        return result;
    }

    /** Something threw between two steps, where nothing is in doubt. */
    private Unwinding failedBetween(JournaledRun run, OperationRecord.Fault fault) throws InterruptedException {
        if (page.record().state() == State.UNDOING) {
            throw new Unwinding.TurnedBack();
        }
        if (!run.missed().isEmpty()) {
            throw new Unwinding.Halted(fault);
        }
        throw run.turnBack(Optional.empty(), Optional.of(fault));
    }
}
