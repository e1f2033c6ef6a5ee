package io.hvkit.testkit.catalog;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.Failure;
import io.hvkit.testkit.catalog.CatalogUnderTest.Sharing;
import io.hvkit.testkit.contract.ContractCases;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;

/**
 * What the contracts of catalogs share. Where several catalogs may use one store, two of them are judged together: what one has kept, the
 * other sees.
 */
public abstract sealed class CatalogCases extends ContractCases
        permits CatalogContract,
                CatalogRecordsContract,
                CatalogReferencesContract,
                CatalogRoundTripContract,
                JournalCases {

    /** Longer than any case takes. */
    static final Duration LONG = Duration.ofHours(1);

    private static final Duration MEETING = Duration.ofMillis(200);

    Catalog catalog;
    Catalog other;

    CatalogCases() {}

    /** Returns what to judge, the same within a case. */
    protected abstract CatalogUnderTest underTest();

    @Override
    protected final Subject subject() {
        return new Subject(
                underTest().type(), isShared() ? "several catalogs on one store" : "one catalog on its store");
    }

    private boolean isShared() {
        return underTest().sharing() == Sharing.SHARED;
    }

    /** Made by JUnit. */
    @BeforeEach
    final void openCatalogs() throws InterruptedException {
        catalog = opened();
        other = isShared() ? opened() : catalog;
    }

    private Catalog opened() throws InterruptedException {
        Catalog made = underTest().open();
        undoLater(made::close);
        return made;
    }

    /** Work without a result. */
    @FunctionalInterface
    interface Change {
        void make(Transaction transaction);
    }

    final void change(Change change) throws InterruptedException {
        change(catalog, change);
    }

    static void change(Catalog in, Change change) throws InterruptedException {
        boolean unused = in.inTransaction(transaction -> {
            change.make(transaction);
            return true;
        });
    }

    /** Requires that a change is refused and that a transaction of it alone keeps nothing. */
    final void refusesChange(Failure failure, String what, Change change) {
        refuses(failure, what, () -> change(change));
    }

    /** Reads by the other catalog, which sees what was kept and nothing else. */
    final <T> T seen(Catalog.Work<T> work) throws InterruptedException {
        return other.inTransaction(work);
    }

    /** Reads one thing by the other catalog. */
    final <T> Optional<T> seenOne(Catalog.Work<Optional<T>> work) throws InterruptedException {
        return seen(work);
    }

    /** Reads a list by the other catalog. */
    final <T> List<T> seenAll(Catalog.Work<List<T>> work) throws InterruptedException {
        return seen(work);
    }

    final <R extends CatalogRecord<R>> R insert(Function<Transaction, Table<R>> table, R record)
            throws InterruptedException {
        return catalog.inTransaction(transaction -> table.apply(transaction).insert(record));
    }

    final <R extends CatalogRecord<R>> Optional<R> find(Function<Transaction, Table<R>> table, RecordId<R> id)
            throws InterruptedException {
        return seen(transaction -> table.apply(transaction).find(id));
    }

    /** Returns a name that no other run uses. */
    static String unique(String kind) {
        return kind + "-" + UUID.randomUUID();
    }

    /** Makes a site of its own. */
    final Site site() throws InterruptedException {
        return catalog.inTransaction(Site::in);
    }

    /** Returns both catalogs in turn, {@code count} in all. */
    final List<Catalog> catalogs(int count) {
        List<Catalog> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(i % 2 == 0 ? catalog : other);
        }
        return list;
    }

    /** What one of several threads does. */
    @FunctionalInterface
    interface Task<T> {
        T run(Catalog mine, int number) throws InterruptedException;
    }

    /** Runs tasks at once, in turn by one catalog and by the other, and returns what they returned; fails if one of them does. */
    final <T> List<T> atOnce(int count, Task<T> task) throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<Catalog> all = catalogs(count);
            List<Future<T>> running = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                running.add(threads.submit(() -> task.run(all.get(number), number)));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> each : running) {
                results.add(each.get());
            }
            return results;
        } catch (ExecutionException e) {
            throw new AssertionError("a thread failed: " + e.getCause(), e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    /**
     * Lets two transactions meet, if they run at the same time; where one waits for the end of the other they cannot, and the first goes
     * on by itself after a moment.
     */
    static void meet(CountDownLatch meeting) {
        meeting.countDown();
        try {
            boolean unused = meeting.await(MEETING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
