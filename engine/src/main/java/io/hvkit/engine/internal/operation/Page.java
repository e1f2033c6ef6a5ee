package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.Journal;
import io.hvkit.catalog.spi.Lease;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Recovery;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What the journal says about one operation, as the holder of its lease writes it. Each write checks the lease first, in its own
 * transaction, and a write that nobody knows about is looked for before it is done again.
 */
final class Page {

    private static final int TRIES = 3;

    /** What to do about a catalog that says each time that something else is under way. */
    private enum Pending {
        /** There is no way but to wait until it is written. */
        HALTS,
        /** The step itself may say so, and there is a way back. */
        REFUSES
    }

    private final Catalog catalog;
    private final Duration pause;
    private volatile Lease lease;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile OperationRecord record;

    Page(Catalog catalog, OperationRecord record, Lease lease, Duration pause) {
        this.catalog = catalog;
        this.record = record;
        this.lease = lease;
        this.pause = pause;
    }

    RecordId<OperationRecord> id() {
        return lease.operation();
    }

    /** Returns the operation as it was seen last. */
    OperationRecord record() {
        return record;
    }

    /** Returns whether somebody asked the operation to stop, as far as was seen. */
    boolean isAskedToStop() {
        return record().cancellation() == OperationRecord.Cancellation.ASKED;
    }

    /** Writes a step, and what goes with it in the same transaction. */
    void write(OperationRecord.Step step, Consumer<Transaction> more) throws InterruptedException {
        change(seen -> seen.step(step.name()).equals(Optional.of(step)), transaction -> {
            more.accept(transaction);
            transaction.journal().write(lease, step);
        });
    }

    /** Writes that a step is done, and what is kept of it in the same transaction, which may be refused. */
    void keep(OperationRecord.Step done, Consumer<Transaction> kept) throws InterruptedException {
        change(Pending.REFUSES, seen -> seen.step(done.name()).equals(Optional.of(done)), transaction -> {
            kept.accept(transaction);
            transaction.journal().write(lease, done);
        });
    }

    /** Writes a step whose evidence comes out of the transaction itself. */
    void record(String name, Step.Recording recording, Step.Keeping keeping) throws InterruptedException {
        change(
                Pending.REFUSES,
                seen -> seen.step(name)
                        .filter(step -> step.progress() == OperationRecord.Step.Progress.DONE)
                        .isPresent(),
                transaction -> {
                    var evidence = recording.record(transaction);
                    keeping.keep(transaction, evidence);
                    transaction
                            .journal()
                            .write(lease, new OperationRecord.Step(name, OperationRecord.Step.Progress.DONE, evidence));
                });
    }

    /**
     * Turns the operation back.
     *
     * @param nothingDone the step that failed, if it certainly did nothing
     */
    void turnBack(Optional<OperationRecord.Step> nothingDone, Optional<OperationRecord.Fault> why)
            throws InterruptedException {
        change(seen -> seen.state() == OperationRecord.State.UNDOING, transaction -> {
            nothingDone.ifPresent(step -> transaction.journal().write(lease, step));
            transaction.journal().undo(lease, why);
        });
    }

    /** Ends the operation. */
    void end(OperationRecord.State state, OperationRecord.Outcome outcome) throws InterruptedException {
        change(
                seen -> seen.state() == state,
                transaction -> transaction.journal().end(lease, state, outcome));
    }

    /** Makes sure that the lease still counts. */
    void require() throws InterruptedException {
        change(seen -> false, transaction -> {});
    }

    /** Makes the lease last from now on, and looks whether somebody asked the operation to stop. */
    void renew(Duration length) throws InterruptedException {
        change(seen -> false, transaction -> lease = transaction.journal().renew(lease, length));
    }

    /** Lets go of the operation. */
    void release() throws InterruptedException {
        catalog.inTransaction(transaction -> {
            requireLease(transaction.journal());
            transaction.journal().release(lease);
            return lease;
        });
    }

    private void change(Predicate<OperationRecord> already, Consumer<Transaction> change) throws InterruptedException {
        change(Pending.HALTS, already, change);
    }

    private void change(Pending pending, Predicate<OperationRecord> already, Consumer<Transaction> change)
            throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                boolean again = attempt > 1;
                OperationRecord after = catalog.inTransaction(transaction -> {
                    OperationRecord before = read(transaction);
                    if (again && already.test(before)) {
                        return before;
                    }
                    requireLease(transaction.journal());
                    change.accept(transaction);
                    return read(transaction);
                });
                see(after);
                return;
            } catch (DriverException e) {
                if (e.recovery() != Recovery.RETRY_WITH_BACKOFF) {
                    throw e;
                }
                if (attempt == TRIES && pending == Pending.REFUSES && e.failure() == Failure.OPERATION_PENDING) {
                    throw e;
                }
                if (attempt == TRIES) {
                    throw new Unwinding.Halted(Faults.of(e));
                }
                Thread.sleep(pause.toMillis());
            }
        }
    }

    private void see(OperationRecord after) {
        lock.lock();
        try {
            if (after.version() > record.version()) {
                record = after;
            }
        } finally {
            lock.unlock();
        }
    }

    private OperationRecord read(Transaction transaction) {
        return transaction.journal().find(id()).orElseThrow(Unwinding.LeaseLost::new);
    }

    private void requireLease(Journal journal) {
        try {
            journal.require(lease);
        } catch (DriverException e) {
            if (e.failure() == Failure.IN_USE || e.failure() == Failure.INVALID_REQUEST) {
                throw new Unwinding.LeaseLost();
            }
            throw e;
        }
    }
}
