package io.hvkit.testkit.catalog;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.Journal;
import io.hvkit.catalog.spi.Lease;
import io.hvkit.catalog.spi.NewOperation;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.OperationRecord.Fault;
import io.hvkit.catalog.spi.OperationRecord.Outcome;
import io.hvkit.catalog.spi.OperationRecord.State;
import io.hvkit.catalog.spi.OperationRecord.Step;
import io.hvkit.catalog.spi.OperationRecord.Step.Progress;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** What the contracts of a catalog's journal share. */
public abstract sealed class JournalCases extends CatalogCases permits CatalogJournalContract, CatalogLeaseContract {

    JournalCases() {}

    static final Duration SHORT = Duration.ofMillis(1);
    static final Duration LIMIT = Duration.ofSeconds(30);
    static final Outcome DONE = new Outcome(Facts.of("volume", "v1"), Optional.empty(), List.of());
    static final Fault FAULT = new Fault(Failure.EXHAUSTED, Effect.NOT_APPLIED, "no room: \u0000'\ud83d\ude00");

    static NewOperation operation(String... objects) {
        Facts request = Facts.of(Map.of("size", "1", "odd", "\u0000\ud83d '\"\\"));
        return new NewOperation("volume.create", unique("key"), request, new TreeSet<>(List.of(objects)));
    }

    final OperationRecord begin(NewOperation operation, Duration length) throws InterruptedException {
        return catalog.inTransaction(t -> t.journal().begin(operation, "one", length));
    }

    final OperationRecord beginElsewhere(NewOperation operation) throws InterruptedException {
        return other.inTransaction(t -> t.journal().begin(operation, "two", LONG));
    }

    final OperationRecord begin() throws InterruptedException {
        return begin(operation(unique("volume")), LONG);
    }

    final OperationRecord now(RecordId<OperationRecord> id) throws InterruptedException {
        return seen(t -> t.journal().find(id)).orElseThrow();
    }

    final OperationRecord now(OperationRecord operation) throws InterruptedException {
        return now(operation.id());
    }

    static Lease lease(OperationRecord operation) {
        return operation.lease().orElseThrow();
    }

    /** Work on the journal. */
    @FunctionalInterface
    interface Entry {
        void make(Journal journal);
    }

    final void journal(Entry entry) throws InterruptedException {
        change(t -> entry.make(t.journal()));
    }

    final void refusesEntry(Failure failure, String what, Entry entry) {
        refusesChange(failure, what, t -> entry.make(t.journal()));
    }

    /** Requires that nothing can be written with a lease. */
    final void refusesAll(Failure failure, Lease lease) {
        refusesEntry(failure, "write", j -> j.write(lease, new Step("s", Progress.INTENDED, Facts.NONE)));
        refusesEntry(failure, "require", j -> j.require(lease));
        refusesEntry(failure, "renew", j -> j.renew(lease, LONG));
        refusesEntry(failure, "undo", j -> j.undo(lease, Optional.of(FAULT)));
        refusesEntry(failure, "end", j -> j.end(lease, State.SUCCEEDED, DONE));
    }
}
