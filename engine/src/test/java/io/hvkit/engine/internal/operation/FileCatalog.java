package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.Field;
import io.hvkit.catalog.spi.Journal;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.RecordJournal;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.ZoneRecord;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A catalog of operations and zones in one file, which each transaction replaces; for one process at a time, which may be killed at any
 * moment.
 */
final class FileCatalog implements Catalog {

    /** What the file says. */
    private record Content(Map<String, OperationRecord> operations, Map<String, ZoneRecord> zones) {}

    private final Path file;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();

    FileCatalog(Path file, InstantSource clock) {
        this.file = file;
        this.clock = clock;
    }

    @Override
    public <T> T inTransaction(Work<T> work) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            Content content = read();
            T result = work.run(transaction(content));
            write(content);
            return result;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {}

    private Transaction transaction(Content content) {
        Journal journal = new FileJournal(content.operations);
        Table<ZoneRecord> zones = new Zones(content.zones);
        return (Transaction) Proxy.newProxyInstance(
                Transaction.class.getClassLoader(),
                new Class<?>[] {Transaction.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "journal" -> journal;
                    case "zones" -> zones;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    private Content read() throws IOException, ReflectiveOperationException {
        Content content = new Content(new LinkedHashMap<>(), new LinkedHashMap<>());
        if (Files.exists(file)) {
            try (ObjectInputStream in = new ObjectInputStream(Files.newInputStream(file))) {
                for (Object tree : (List<?>) in.readObject()) {
                    OperationRecord operation = (OperationRecord) RecordTrees.value(OperationRecord.class, tree);
                    content.operations.put(operation.id().value(), operation);
                }
                for (Object tree : (List<?>) in.readObject()) {
                    ZoneRecord zone = (ZoneRecord) RecordTrees.value(ZoneRecord.class, tree);
                    content.zones.put(zone.id().value(), zone);
                }
            }
        }
        return content;
    }

    private void write(Content content) throws IOException, ReflectiveOperationException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        try (ObjectOutputStream out = new ObjectOutputStream(Files.newOutputStream(next))) {
            out.writeObject(RecordTrees.tree(new ArrayList<>(content.operations.values())));
            out.writeObject(RecordTrees.tree(new ArrayList<>(content.zones.values())));
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private final class FileJournal extends RecordJournal {
        private final Map<String, OperationRecord> operations;

        FileJournal(Map<String, OperationRecord> operations) {
            this.operations = operations;
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
            return Optional.ofNullable(operations.get(id.value()));
        }

        @Override
        public Optional<OperationRecord> findBy(String idempotencyKey) {
            return operations.values().stream()
                    .filter(operation -> operation.idempotencyKey().equals(idempotencyKey))
                    .findAny();
        }

        @Override
        public List<OperationRecord> open() {
            return operations.values().stream()
                    .filter(operation -> !operation.state().isEnded())
                    .sorted(Comparator.comparing(OperationRecord::createdAt))
                    .toList();
        }

        @Override
        public int forgetEndedBefore(Instant moment) {
            throw new UnsupportedOperationException("nothing is forgotten here");
        }
    }

    private record Zones(Map<String, ZoneRecord> zones) implements Table<ZoneRecord> {
        @Override
        public Optional<ZoneRecord> find(RecordId<ZoneRecord> id) {
            return Optional.ofNullable(zones.get(id.value()));
        }

        @Override
        public <V> List<ZoneRecord> where(Field<ZoneRecord, V> field, V value) {
            return zones.values().stream()
                    .filter(zone -> field.of(zone).equals(Optional.of(value)))
                    .toList();
        }

        @Override
        public List<ZoneRecord> page(Optional<RecordId<ZoneRecord>> after, int limit) {
            throw new UnsupportedOperationException("there are no pages here");
        }

        @Override
        public ZoneRecord insert(ZoneRecord record) {
            return update(record);
        }

        @Override
        public ZoneRecord update(ZoneRecord record) {
            ZoneRecord kept = record.withVersion(record.version() + 1);
            zones.put(kept.id().value(), kept);
            return kept;
        }

        @Override
        public void delete(ZoneRecord record) {
            zones.remove(record.id().value());
        }
    }
}
