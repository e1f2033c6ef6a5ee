package io.hvkit.testkit.catalog;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.RecordJournal;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The operations, as one transaction sees them. */
final class MemoryJournal extends RecordJournal {

    private final Map<String, OperationRecord> operations;
    private final InstantSource clock;
    private final Runnable check;

    MemoryJournal(Map<String, OperationRecord> operations, InstantSource clock, Runnable check) {
        this.operations = operations;
        this.clock = clock;
        this.check = check;
    }

    @Override
    protected Instant now() {
        return clock.instant();
    }

    @Override
    protected Optional<RecordId<OperationRecord>> workingOn(String object) {
        return open().stream()
                .filter(operation -> operation.objects().contains(object))
                .map(OperationRecord::id)
                .findAny();
    }

    @Override
    protected void insert(OperationRecord operation) {
        operations.put(operation.id().value(), operation);
    }

    @Override
    protected void update(OperationRecord operation) {
        operations.put(operation.id().value(), operation);
    }

    @Override
    public Optional<OperationRecord> find(RecordId<OperationRecord> id) {
        check.run();
        return Optional.ofNullable(operations.get(id.value()));
    }

    @Override
    public Optional<OperationRecord> findBy(String idempotencyKey) {
        check.run();
        return operations.values().stream()
                .filter(operation -> operation.idempotencyKey().equals(idempotencyKey))
                .findAny();
    }

    @Override
    public List<OperationRecord> open() {
        check.run();
        return operations.values().stream()
                .filter(operation -> !operation.state().isEnded())
                .sorted(Comparator.comparing(OperationRecord::createdAt))
                .toList();
    }

    @Override
    public int forgetEndedBefore(Instant moment) {
        check.run();
        int before = operations.size();
        operations
                .values()
                .removeIf(operation -> operation.state().isEnded()
                        && operation
                                .endedAt()
                                .filter(end -> end.isBefore(moment))
                                .isPresent());
        return before - operations.size();
    }
}
