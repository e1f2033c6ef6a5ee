package io.hvkit.catalog.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A journal for catalogs that keep an operation as one record: all the rules are here, and what is left to a catalog is to keep records
 * and to tell the time. Serializable transactions make them hold among processes.
 */
@Incubating(since = "0.1")
public abstract class RecordJournal implements Journal {

    /** Made by catalogs, for one transaction each. */
    protected RecordJournal() {}

    /** Returns the time by the catalog's own clock. */
    protected abstract Instant now();

    /** Returns the open operation that works on an object, if one does. */
    protected abstract Optional<RecordId<OperationRecord>> workingOn(String object);

    /** Keeps a new operation, and that it works on its objects. Its version is 1. */
    protected abstract void insert(OperationRecord operation);

    /** Keeps an operation in place of the one before it, whose version is one less. If it has ended, its objects are free. */
    protected abstract void update(OperationRecord operation);

    @Override
    public final OperationRecord begin(NewOperation operation, String holder, Duration length) {
        Optional<OperationRecord> before = findBy(operation.idempotencyKey());
        if (before.isPresent()) {
            return same(before.get(), operation);
        }
        for (String object : operation.objects()) {
            workingOn(object).ifPresent(other -> {
                throw DriverException.because(Failure.OPERATION_PENDING)
                        .effect(Effect.NOT_APPLIED)
                        .message("the operation %s works on %s; wait for its end", other, object);
            });
        }
        Instant now = now();
        OperationRecord begun = OperationRecord.of(operation, now);
        OperationRecord held =
                begun.heldUnder(lease(begun.id(), holder, 1, now, length)).withVersion(1);
        insert(held);
        return held;
    }

    private static OperationRecord same(OperationRecord before, NewOperation operation) {
        if (!before.kind().equals(operation.kind())
                || !before.request().equals(operation.request())
                || !before.objects().equals(operation.objects())) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "the idempotency key %s was used for the operation %s, a %s, with another request",
                            operation.idempotencyKey(), before.id(), before.kind());
        }
        return before;
    }

    @Override
    public final Lease take(RecordId<OperationRecord> id, String holder, Duration length) {
        OperationRecord operation = existing(id);
        requireOpen(operation);
        Instant now = now();
        operation
                .lease()
                .filter(held -> !held.holder().equals(holder))
                .filter(held -> held.until().isAfter(now))
                .ifPresent(held -> {
                    throw inUse(operation, "%s works on the operation %s until %s", held.holder(), id, held.until());
                });
        Lease lease = lease(id, holder, operation.fence() + 1, now, length);
        save(operation.heldUnder(lease));
        return lease;
    }

    @Override
    public final Lease renew(Lease lease, Duration length) {
        OperationRecord operation = held(lease);
        Lease longer = lease(lease.operation(), lease.holder(), lease.fence(), now(), length);
        save(operation.heldUnder(longer));
        return longer;
    }

    @Override
    public final void release(Lease lease) {
        OperationRecord operation = counted(lease);
        if (operation.lease().isPresent()) {
            save(operation.released());
        }
    }

    @Override
    public final void write(Lease lease, OperationRecord.Step step) {
        change(lease, operation -> operation.with(step));
    }

    @Override
    public final void undo(Lease lease, Optional<OperationRecord.Fault> why) {
        change(
                lease,
                operation -> operation.state() == OperationRecord.State.UNDOING ? operation : operation.undoing(why));
    }

    @Override
    public final void end(Lease lease, OperationRecord.State state, OperationRecord.Outcome outcome) {
        if (!state.isEnded()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("an operation that is %s has not ended", state);
        }
        Instant now = now();
        change(lease, operation -> operation.ended(state, outcome, now));
    }

    @Override
    public final void require(Lease lease) {
        held(lease);
    }

    @Override
    public final void askToStop(RecordId<OperationRecord> id) {
        OperationRecord operation = existing(id);
        if (!operation.state().isEnded()) {
            save(operation.askedToStop());
        }
    }

    private void change(Lease lease, UnaryOperator<OperationRecord> change) {
        save(change.apply(held(lease)));
    }

    private void save(OperationRecord operation) {
        update(operation.withVersion(operation.version() + 1));
    }

    private OperationRecord existing(RecordId<OperationRecord> id) {
        return find(id).orElseThrow(
                        () -> DriverException.because(Failure.NOT_FOUND).message("there is no operation %s", id));
    }

    /** Returns the operation that a lease is for, if the lease was not given up. */
    private OperationRecord held(Lease lease) {
        OperationRecord operation = counted(lease);
        if (operation.lease().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s has let go of the operation %s", lease.holder(), lease.operation());
        }
        return operation;
    }

    /** Returns the open operation that a lease is for, if nobody has taken over. */
    private OperationRecord counted(Lease lease) {
        OperationRecord operation = existing(lease.operation());
        boolean others = operation
                .lease()
                .filter(held -> !held.holder().equals(lease.holder()))
                .isPresent();
        if (operation.fence() != lease.fence() || others) {
            throw inUse(
                    operation,
                    "%s has lost the operation %s to %s",
                    lease.holder(),
                    lease.operation(),
                    operation.lease().map(Lease::holder).orElse("a holder who is done with it"));
        }
        requireOpen(operation);
        return operation;
    }

    private static void requireOpen(OperationRecord operation) {
        if (operation.state().isEnded()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("the operation %s has ended: %s", operation.id(), operation.state());
        }
    }

    private static DriverException inUse(OperationRecord operation, String format, Object... arguments) {
        return DriverException.because(Failure.IN_USE)
                .vendorCode("fence " + operation.fence())
                .message(format, arguments);
    }

    private static Lease lease(RecordId<OperationRecord> id, String holder, long fence, Instant now, Duration length) {
        if (length.isZero() || length.isNegative() || length.compareTo(LONGEST_LEASE) > 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a lease lasts longer than nothing, and %s at most, not %s", LONGEST_LEASE, length);
        }
        return new Lease(id, holder, fence, now.plus(length));
    }
}
