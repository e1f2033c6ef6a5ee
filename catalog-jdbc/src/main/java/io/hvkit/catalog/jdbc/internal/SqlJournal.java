package io.hvkit.catalog.jdbc.internal;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.RecordJournal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The operations, and which objects the open ones work on. */
final class SqlJournal extends RecordJournal {

    /** The table of objects that open operations work on, and its columns. */
    static final String OBJECTS = "operation_objects";

    static final List<String> OBJECT_COLUMNS = List.of("object", "operation");

    private final SqlTable<OperationRecord> operations;
    private final Session session;
    private final TablePrefix prefix;
    private final String objects;

    SqlJournal(Session session, TablePrefix prefix) {
        this.operations = new SqlTable<>(OperationMapping.OPERATIONS, session, prefix);
        this.session = session;
        this.prefix = prefix;
        this.objects = prefix.table(OBJECTS);
    }

    @Override
    protected Instant now() {
        return session.dialect().now(session);
    }

    @Override
    protected Optional<RecordId<OperationRecord>> workingOn(String object) {
        List<RecordId<OperationRecord>> found = session.query(
                "SELECT operation FROM " + objects + " WHERE object = ?", List.of(object), row -> row.id("operation"));
        return found.stream().findAny();
    }

    @Override
    protected void insert(OperationRecord operation) {
        operations.write(operation);
        for (String object : operation.objects()) {
            int unused = session.change(
                    "INSERT INTO " + objects + " (object, operation) VALUES (?, ?)",
                    List.of(object, operation.id().value()));
        }
    }

    @Override
    protected void update(OperationRecord operation) {
        operations.rewrite(operation);
        if (operation.state().isEnded()) {
            int unused = session.change(
                    "DELETE FROM " + objects + " WHERE operation = ?",
                    List.of(operation.id().value()));
        }
    }

    @Override
    public Optional<OperationRecord> find(RecordId<OperationRecord> id) {
        return operations.find(id);
    }

    @Override
    public Optional<OperationRecord> findBy(String idempotencyKey) {
        return operations.where(OperationRecord.IDEMPOTENCY_KEY, idempotencyKey).stream()
                .findAny();
    }

    @Override
    public List<OperationRecord> open() {
        return operations.select("ended_at IS NULL ORDER BY created_at, id", List.of());
    }

    @Override
    public int forgetEndedBefore(Instant moment) {
        return session.change(
                "DELETE FROM " + prefix.table(OperationMapping.OPERATIONS.table()) + " WHERE ended_at < ?",
                List.of(Moments.nanos(moment)));
    }
}
