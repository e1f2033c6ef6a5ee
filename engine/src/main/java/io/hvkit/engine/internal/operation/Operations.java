package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.Journal;
import io.hvkit.catalog.spi.Lease;
import io.hvkit.catalog.spi.NewOperation;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.Jobs;
import io.hvkit.engine.job.OperationListener;
import io.hvkit.engine.job.RecoveryReport;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operations of one engine: begins them, runs them, finds them again, and takes over those that nobody works on any more. Any number
 * of threads may share one. Has no thread while no operation runs here.
 */
public final class Operations implements Jobs, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Operations.class);

    /**
     * An operation as it is now.
     *
     * @param lease the right to run it here; nothing if it runs already, or has ended
     */
    private record Claim(OperationRecord record, Optional<Lease> lease) {}

    private final Catalog catalog;
    private final Map<String, Procedure<?, ?>> procedures;
    private final Terms terms;
    private final InstantSource clock;
    private final String holder;
    private final Listeners listeners = new Listeners();
    private final Leases leases;
    private final Map<RecordId<OperationRecord>, Execution<?, ?>> running = new ConcurrentHashMap<>();
    /** The executions that run here, and those that have left their operation and tell listeners of it. */
    private final Set<Execution<?, ?>> alive = ConcurrentHashMap.newKeySet();
    /** Held while an operation is begun or taken, by key, so that no two threads of this engine run the same. */
    private final List<ReentrantLock> claims =
            IntStream.range(0, 64).mapToObj(i -> new ReentrantLock()).toList();

    private volatile boolean closed;

    /**
     * Makes them; begins nothing.
     *
     * @param catalog stays the caller's to close, after this
     * @param procedures every kind that may be in the journal
     * @param clock the time, about that of the catalog
     */
    public Operations(Catalog catalog, Collection<Procedure<?, ?>> procedures, Terms terms, InstantSource clock) {
        this.catalog = catalog;
        this.procedures = procedures.stream().collect(Collectors.toUnmodifiableMap(Procedure::kind, p -> p));
        this.terms = terms;
        this.clock = clock;
        this.holder = ProcessHandle.current().pid() + "-" + UUID.randomUUID();
        this.leases = new Leases(terms);
    }

    /** Tells a listener of the operations that run here, from now on. */
    public void listen(OperationListener listener) {
        listeners.add(listener);
    }

    /**
     * Begins an operation and returns at once; or returns the job of the one that was begun under the same key for an equal request, which
     * is taken up again if nobody works on it.
     *
     * <p>Throws what {@link Journal#begin} does; {@code EXHAUSTED} if there is no thread to run it, which leaves it for a recovery; {@code
     * INVALID_REQUEST} if this is closed.
     *
     * @param key the idempotency key
     */
    public <Q, R> Job<R> begin(Procedure<Q, R> procedure, Q request, String key) throws InterruptedException {
        if (procedures.get(procedure.kind()) != procedure) {
            throw new IllegalArgumentException("this engine has no procedure " + procedure.kind());
        }
        NewOperation wanted =
                new NewOperation(procedure.kind(), key, procedure.facts(request), procedure.objects(request));
        return claiming(key, () -> {
            long before = System.nanoTime();
            Claim claim = catalog.inTransaction(transaction -> claim(transaction.journal(), wanted));
            Optional<Execution<?, ?>> here = claim.lease().isPresent()
                    ? Optional.of(start(procedure, claim.record(), claim.lease().get(), before))
                    : running(claim.record().id());
            return new OperationJob<>(this, procedure, claim.record().id(), here);
        });
    }

    @Override
    public Optional<Job<?>> find(RecordId<OperationRecord> id) throws InterruptedException {
        Optional<OperationRecord> record =
                catalog.inTransaction(transaction -> transaction.journal().find(id));
        return record.map(known -> job(procedure(known), known));
    }

    @Override
    public List<OperationRecord> open() throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.journal().open());
    }

    /**
     * Takes every open operation that nobody works on, finishes it or takes it back, and waits for that. Those of live processes are
     * left alone. Doing it again does nothing more.
     *
     * <p>An interruption ends the wait; what was taken goes on.
     */
    public RecoveryReport recover() throws InterruptedException {
        return new Recovery(this).recover();
    }

    /**
     * Lets go of all operations between two of their steps, so that others may go on with them at once, and begins none any more. Steps
     * under way get some time, and are interrupted then. Closing twice does nothing.
     */
    @Override
    public void close() {
        for (ReentrantLock lock : claims) {
            lock.lock();
            try {
                closed = true;
            } finally {
                lock.unlock();
            }
        }
        List<Execution<?, ?>> left = List.copyOf(alive);
        left.forEach(execution -> execution.signals().raise(Stop.CLOSE));
        boolean interrupted = false;
        try {
            left.forEach(Execution::abandon);
            awaitAll(left);
            left.forEach(execution -> execution.signals().interrupt());
            awaitAll(left);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        left.forEach(execution -> execution.signals().interrupt());
        for (Execution<?, ?> execution : alive) {
            LOG.warn(
                    "operation {} does not leave off; others take it when its lease is over",
                    execution.page().id());
            leases.remove(execution);
        }
        try {
            leases.join();
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Takes an open operation, if nobody works on it, and runs it. */
    <T> T claiming(String key, Work<T> work) throws InterruptedException {
        ReentrantLock lock = claims.get(Math.floorMod(key.hashCode(), claims.size()));
        lock.lockInterruptibly();
        try {
            if (closed) {
                throw DriverException.because(Failure.INVALID_REQUEST).message("the engine is closed");
            }
            return work.run();
        } finally {
            lock.unlock();
        }
    }

    /** Takes an operation that is open and does not run here, and runs it; throws what {@link Journal#take} does. */
    Execution<?, ?> takeUp(Procedure<?, ?> procedure, RecordId<OperationRecord> id) throws InterruptedException {
        long before = System.nanoTime();
        Claim claim = catalog.inTransaction(transaction -> taken(transaction.journal(), id));
        return start(procedure, claim.record(), claim.lease().orElseThrow(), before);
    }

    Optional<Procedure<?, ?>> procedure(String kind) {
        return Optional.ofNullable(procedures.get(kind));
    }

    Optional<Execution<?, ?>> running(RecordId<OperationRecord> id) {
        return Optional.ofNullable(running.get(id));
    }

    OperationRecord read(RecordId<OperationRecord> id) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.journal().find(id))
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("the journal has no operation %s any more", id));
    }

    void askToStop(RecordId<OperationRecord> id) throws InterruptedException {
        catalog.inTransaction(transaction -> {
            transaction.journal().askToStop(id);
            return id;
        });
        running(id).ifPresent(execution -> {
            execution.signals().raise(Stop.CANCEL);
            execution.signals().interrupt();
        });
    }

    /** Returns whether somebody works on an operation, or may: clocks differ, so a lease that has just ended counts. */
    boolean isWorkedOn(OperationRecord record) {
        return record.lease()
                .filter(lease -> lease.until().plus(terms.lease()).isAfter(clock.instant()))
                .isPresent();
    }

    Terms terms() {
        return terms;
    }

    private Claim claim(Journal journal, NewOperation wanted) {
        boolean isNew = journal.findBy(wanted.idempotencyKey()).isEmpty();
        OperationRecord record = journal.begin(wanted, holder, terms.lease());
        if (isNew) {
            return new Claim(record, record.lease());
        }
        if (record.state().isEnded() || running.containsKey(record.id())) {
            return new Claim(record, Optional.empty());
        }
        try {
            return taken(journal, record.id());
        } catch (DriverException e) {
            if (e.failure() == Failure.IN_USE) {
                return new Claim(record, Optional.empty());
            }
            throw e;
        }
    }

    private Claim taken(Journal journal, RecordId<OperationRecord> id) {
        Lease lease = journal.take(id, holder, terms.lease());
        return new Claim(journal.find(id).orElseThrow(), Optional.of(lease));
    }

    private <Q, R> Execution<Q, R> start(Procedure<Q, R> procedure, OperationRecord record, Lease lease, long since) {
        Page page = new Page(catalog, record, lease, terms.pause());
        Execution<Q, R> execution = new Execution<>(
                procedure,
                page,
                listeners,
                gone -> {
                    running.remove(record.id(), gone);
                    leases.remove(gone);
                },
                alive::remove);
        alive.add(execution);
        running.put(record.id(), execution);
        leases.add(execution, since);
        try {
            terms.executor().execute(execution);
        } catch (RejectedExecutionException e) {
            execution.abandon();
            throw DriverException.because(Failure.EXHAUSTED)
                    .effect(Effect.NOT_APPLIED)
                    .causedBy(e)
                    .message(
                            "nothing is free to run operation %s; it waits for recovery, or to be asked for under its key",
                            record.id());
        }
        return execution;
    }

    private <Q, R> Job<R> job(Procedure<Q, R> procedure, OperationRecord record) {
        return new OperationJob<>(this, procedure, record.id(), running(record.id()));
    }

    private Procedure<?, ?> procedure(OperationRecord record) {
        return procedure(record.kind())
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .message(
                                "this engine does not know what %s is, which is operation %s",
                                record.kind(), record.id()));
    }

    private void awaitAll(List<Execution<?, ?>> executions) throws InterruptedException {
        long start = System.nanoTime();
        for (Execution<?, ?> execution : executions) {
            boolean unused = execution.awaitOver(Math.max(0, terms.patience().toNanos() - (System.nanoTime() - start)));
        }
    }

    /** Something done under a claim. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws InterruptedException;
    }
}
