package io.hvkit.engine;

import io.hvkit.catalog.spi.AccountRecord;
import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.UsageRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.engine.internal.usage.Assignment;
import io.hvkit.engine.internal.usage.Ledger;
import io.hvkit.engine.internal.usage.Measures;
import io.hvkit.engine.internal.usage.Recount;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.usage.Drift;
import io.hvkit.engine.usage.Resource;
import io.hvkit.engine.usage.Thing;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Who has how much, how much that may be, and how it changes. What counts is counted in the transaction that makes it so: before a volume is
 * made or grows there is room for it, afterwards it counts as large as its storage made it, and a volume that nobody owns does not count. Each
 * change is an event with a number, told once, whatever crashed in between. Any number of threads may share one.
 */
@Incubating(since = "0.1")
public final class Usage {

    private final Catalog catalog;
    private final InstantSource clock;

    Usage(Catalog catalog, InstantSource clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    /** Returns how much an account and all below it hold, what is being made for them included. */
    public Amounts held(Account account) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction
                .accounts()
                .find(account.id())
                .map(AccountRecord::held)
                .orElse(Amounts.NONE));
    }

    /** Returns how much of a resource an account and all below it may hold at most, if that is limited. Limits of those above it hold besides. */
    public OptionalLong limit(Account account, Resource resource) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction
                .accounts()
                .find(account.id())
                .map(record -> record.limits().of(resource.setting()))
                .orElse(OptionalLong.empty()));
    }

    /**
     * Limits how much of a resource an account and all below it may hold. What is held already stays, even if it is more: then there is room
     * for nothing else.
     *
     * @param most 0 or more; in bytes for storage and memory. There is no number for no limit, see {@link #unlimit}
     * @throws DriverException with {@code INVALID_REQUEST} if it is negative
     */
    public void limit(Account account, Resource resource, long most) throws InterruptedException {
        if (most < 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a limit of %s is 0 or more, not %d; for no limit, take the limit of account %s away",
                            resource, most, account);
        }
        limits(account, limits -> limits.put(resource.setting(), Long.toString(most)));
    }

    /** Takes the limit of a resource away; does nothing if there is none. */
    public void unlimit(Account account, Resource resource) throws InterruptedException {
        limits(account, limits -> limits.remove(resource.setting()));
    }

    private void limits(Account account, Function<Map<String, String>, ?> change) throws InterruptedException {
        catalog.inTransaction(transaction -> {
            AccountRecord known = transaction
                    .accounts()
                    .find(account.id())
                    .orElseGet(() -> transaction.accounts().insert(AccountRecord.named(account.path())));
            Map<String, String> limits = new TreeMap<>(known.limits().most().texts());
            Object unused = change.apply(limits);
            return transaction.accounts().update(known.limitedTo(new AccountRecord.Limits(Facts.of(limits))));
        });
    }

    /** Returns who holds a volume, by which offering, and how much is counted for it; nothing if it counts for nobody. */
    public Optional<HoldingRecord> holding(RecordId<VolumeRecord> volume) throws InterruptedException {
        return catalog.inTransaction(transaction -> ledger(transaction).find(Measures.thing(volume)));
    }

    /** Returns who holds a thing, and how much is counted for it; nothing if it counts for nobody. */
    public Optional<HoldingRecord> holding(Thing thing) throws InterruptedException {
        return catalog.inTransaction(transaction -> ledger(transaction).find(thing.toString()));
    }

    /**
     * Gives a thing to another account, a machine with all its disks that count for somebody. What is counted leaves the one and all above it and
     * counts for the other, in one transaction, and each is told once: {@code ENDED} of the one, {@code STARTED} of the other. Its offering stays.
     * What is the account's already stays as it is, so that doing it again does nothing.
     *
     * <table>
     * <caption>How it fails; everything is whose it was</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the account or one above it may not hold so much</td><td>{@code EXHAUSTED}, naming it and its limit</td></tr>
     * <tr><td>it counts for nobody</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>there is no such machine</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>a machine is not stopped; a volume is a disk of one</td><td>{@code IN_USE}</td></tr>
     * <tr><td>it is being made, or an operation works on it</td><td>{@code OPERATION_PENDING}</td></tr>
     * </table>
     *
     * @return how many things have changed hands
     */
    public int assign(Thing thing, Account to) throws InterruptedException {
        return catalog.inTransaction(transaction -> new Assignment(transaction, ledger(transaction), to).give(thing));
    }

    /**
     * Returns how things have changed, in the order in which it happened. Who keeps the last number that it has dealt with, in one transaction
     * with what it made of it, deals with each event exactly once.
     *
     * @param after the last number that is known; 0 for the first events
     * @param limit how many at most, 1 to {@link Table#LONGEST_PAGE}
     */
    public List<UsageRecord> events(long after, int limit) throws InterruptedException {
        return catalog.inTransaction(transaction ->
                transaction.usage().page(after < 1 ? Optional.empty() : Optional.of(UsageRecord.idOf(after)), limit));
    }

    /**
     * Removes the events up to a number, which everybody has dealt with; numbers are not used again.
     *
     * @return how many were removed now, {@link Table#LONGEST_PAGE} at most; call it again until there are none
     */
    public int forget(long upTo) throws InterruptedException {
        return catalog.inTransaction(transaction -> {
            List<UsageRecord> old = transaction.usage().page(Optional.empty(), Table.LONGEST_PAGE).stream()
                    .filter(event -> event.number() <= upTo)
                    .toList();
            old.forEach(transaction.usage()::delete);
            return old.size();
        });
    }

    /**
     * Counts anew, and returns each difference between what is counted and what is there, for every account up to the root; changes nothing.
     * What is being worked on is left out.
     */
    public List<Drift> drift() throws InterruptedException {
        return catalog.inTransaction(Recount::drift);
    }

    /** Puts right what {@link #drift} would return now, and returns that; each thing that changes is an event. Doing it again does nothing. */
    public List<Drift> correct() throws InterruptedException {
        return catalog.inTransaction(transaction -> Recount.correct(transaction, ledger(transaction)));
    }

    private Ledger ledger(Transaction transaction) {
        return Ledger.in(transaction, clock.instant());
    }
}
