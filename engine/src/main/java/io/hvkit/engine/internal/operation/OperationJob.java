package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ProgressListener;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** An operation, for those who wait for it: watched where it runs, or read in the journal. */
final class OperationJob<Q, R> implements Job<R> {

    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    private final Operations operations;
    private final Procedure<Q, R> procedure;
    private final RecordId<OperationRecord> id;
    /** The run it was handed out for; there may be others. */
    private final Optional<Execution<?, ?>> first;

    OperationJob(
            Operations operations,
            Procedure<Q, R> procedure,
            RecordId<OperationRecord> id,
            Optional<Execution<?, ?>> first) {
        this.operations = operations;
        this.procedure = procedure;
        this.id = id;
        this.first = first;
    }

    @Override
    public RecordId<OperationRecord> id() {
        return id;
    }

    @Override
    public String kind() {
        return procedure.kind();
    }

    @Override
    public R await() throws InterruptedException {
        return await(FOREVER).orThrow();
    }

    @Override
    public JobEnd<R> await(Duration limit) throws InterruptedException {
        long start = System.nanoTime();
        long length = limit.compareTo(FOREVER) >= 0 ? Long.MAX_VALUE : Math.max(0, limit.toNanos());
        while (true) {
            long left = length - (System.nanoTime() - start);
            Optional<Execution<?, ?>> here = operations.running(id).or(() -> first);
            Optional<Parting> parting = here.isPresent() ? here.get().await(Math.max(0, left)) : Optional.empty();
            if (here.isPresent() && parting.isEmpty()) {
                return new JobEnd.Detached<>(id, Optional.empty());
            }
            OperationRecord record = operations.read(id);
            if (record.state().isEnded()) {
                return end(record);
            }
            Optional<OperationRecord.Fault> halted = halted(record, parting);
            if (halted.isPresent() || left <= 0) {
                return new JobEnd.Detached<>(id, halted);
            }
            TimeUnit.NANOSECONDS.sleep(Math.min(left, operations.terms().pause().toNanos()));
        }
    }

    @Override
    public JobEnd<R> cancel(Duration limit) throws InterruptedException {
        operations.askToStop(id);
        return await(limit);
    }

    @Override
    public void onProgress(ProgressListener listener) {
        operations.running(id).or(() -> first).ifPresent(here -> here.tidings().add(listener));
    }

    @Override
    public String toString() {
        return procedure.kind() + " " + id;
    }

    private JobEnd<R> end(OperationRecord record) throws InterruptedException {
        OperationRecord.Outcome outcome = record.outcome().orElseThrow();
        if (record.state() == OperationRecord.State.SUCCEEDED) {
            R value = procedure.result(procedure.request(record.request()), outcome.result());
            return new JobEnd.Done<>(value, outcome.leftovers());
        }
        return new JobEnd.Stopped<>(id, outcome.failure(), outcome.leftovers());
    }

    /** Returns why an open operation does not go on by itself, if it does not. */
    private Optional<OperationRecord.Fault> halted(OperationRecord record, Optional<Parting> parting) {
        if (operations.isWorkedOn(record)) {
            return Optional.empty();
        }
        return parting.flatMap(Parting::fault)
                .or(() -> Optional.of(Faults.of(
                        Failure.OPERATION_PENDING, Effect.UNKNOWN, "nobody works on operation " + id + " now")));
    }
}
