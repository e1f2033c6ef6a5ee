package io.hvkit.engine.internal.inventory;

import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** What an inventory that gets one more host or pool has already. */
public final class Additions {

    private Additions() {}

    /** Returns these secrets and one more. */
    public static Map<String, Secret> with(Map<String, Secret> secrets, String option, Secret secret) {
        Map<String, Secret> more = new HashMap<>(secrets);
        more.put(option, secret);
        return more;
    }

    /**
     * Returns the host that was added before under that name, if it is the same.
     *
     * @throws DriverException with {@code EXISTS_DIFFERENTLY} if the name or the way to it is another host's
     */
    public static Optional<HostRecord> twin(Transaction transaction, HostRecord fresh, ClusterRecord home) {
        Optional<HostRecord> named = transaction.hosts().where(HostRecord.NAME, fresh.name()).stream()
                .findAny();
        named.ifPresent(known -> same(
                known,
                host -> host.cluster().equals(fresh.cluster()) && host.options().equals(fresh.options()),
                "host",
                fresh.name()));
        if (named.isEmpty() && !fresh.options().texts().isEmpty()) {
            all(transaction.hosts()).stream()
                    .filter(other -> other.options().equals(fresh.options()))
                    .filter(other -> transaction
                            .clusters()
                            .require(other.cluster())
                            .hypervisorType()
                            .equals(home.hypervisorType()))
                    .findAny()
                    .ifPresent(other -> {
                        throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                                .message("host %s is reached by %s already", other.name(), other.options());
                    });
        }
        return named;
    }

    /**
     * Returns the pool that was added before under that name, if it is the same.
     *
     * @throws DriverException with {@code EXISTS_DIFFERENTLY} if the name or the storage is another pool's
     */
    public static Optional<PoolRecord> twin(Transaction transaction, PoolRecord fresh) {
        Predicate<PoolRecord> equal = other -> other.reach().equals(fresh.reach())
                && other.type().equals(fresh.type())
                && other.options().equals(fresh.options());
        Optional<PoolRecord> named = transaction.pools().where(PoolRecord.NAME, fresh.name()).stream()
                .findAny();
        named.ifPresent(known -> same(known, equal, "pool", fresh.name()));
        if (named.isEmpty() && !fresh.options().texts().isEmpty()) {
            all(transaction.pools()).stream().filter(equal).findAny().ifPresent(other -> {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message("pool %s is the same storage: %s", other.name(), other.options());
            });
        }
        if (named.isEmpty()) {
            requireNoChild(transaction, fresh);
        }
        return named;
    }

    /** What is a child would be known twice, and no look at its parent could tell the two apart. */
    private static void requireNoChild(Transaction transaction, PoolRecord fresh) {
        fresh.identity()
                .ifPresent(identity -> transaction.pools().where(PoolRecord.IDENTITY, identity).stream()
                        .filter(other ->
                                other.membership().isPresent() && other.type().equals(fresh.type()))
                        .findAny()
                        .ifPresent(other -> {
                            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                                    .message("pool %s is the same storage, and a child of another pool", other.name());
                        }));
    }

    /** Returns what is known, which must be the same. */
    public static <R extends CatalogRecord<R>> R same(R known, Predicate<R> isSame, String what, String name) {
        if (!isSame.test(known)) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("%s %s is there already, and is another one: %s", what, name, known);
        }
        return known;
    }

    /** Returns all records of a table. */
    public static <R extends CatalogRecord<R>> List<R> all(Table<R> table) {
        List<R> all = new ArrayList<>();
        List<R> page;
        do {
            Optional<RecordId<R>> last = all.isEmpty()
                    ? Optional.empty()
                    : Optional.of(all.get(all.size() - 1).id());
            page = table.page(last, Table.LONGEST_PAGE);
            all.addAll(page);
        } while (page.size() == Table.LONGEST_PAGE);
        return List.copyOf(all);
    }
}
