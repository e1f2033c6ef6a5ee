package io.hvkit.engine.internal.usage;

import io.hvkit.catalog.spi.AccountRecord;
import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.UsageRecord;
import io.hvkit.catalog.spi.UsageRecord.Kind;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.engine.usage.Account;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts who has what, within the transaction of the change itself: so a change counts once and only if it happened, whatever dies and whoever
 * runs it again. Sums are kept for the account and all above it, up to the root, whose number of changes numbers them all. A sum that was wrong before never falls below nothing, and keeps nothing from being
 * deleted; {@link Recount} finds it.
 *
 * <p>Things without a holding count for nobody; everything but {@link #reserve} does nothing for them.
 */
public final class Ledger {

    private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);

    private final Transaction transaction;
    private final Instant now;

    private Ledger(Transaction transaction, Instant now) {
        this.transaction = transaction;
        this.now = now;
    }

    /** Returns the ledger within a transaction. */
    public static Ledger in(Transaction transaction, Instant now) {
        return new Ledger(transaction, now);
    }

    /**
     * Counts a thing that is to be made.
     *
     * @throws DriverException with {@code EXHAUSTED} if the account or one above it may not hold so much; with {@code EXISTS_DIFFERENTLY} if the
     *     thing is held already
     */
    public void reserve(String thing, Account owner, Optional<RecordId<OfferingRecord>> offering, Amounts wanted) {
        owner.lineage().forEach(this::account);
        HoldingRecord holding =
                transaction.holdings().insert(HoldingRecord.reserved(thing, owner.id(), offering, wanted));
        count(holding, Kind.RESERVED, wanted);
    }

    /**
     * Counts more of a thing that is to grow, before it does; less than is counted changes nothing.
     *
     * @throws DriverException with {@code EXHAUSTED} if the account or one above it may not hold so much
     */
    public void reserveGrowth(String thing, Amounts wanted) {
        find(thing).ifPresent(holding -> {
            Amounts change = wanted.minus(holding.counted());
            if (!change.isNegative() && !change.isNone()) {
                count(update(holding.counting(wanted)), Kind.RESERVED, change);
            }
        });
    }

    /** Counts a thing that is there as soon as it is known, as what the catalog alone holds; fails as {@link #reserve} does. */
    public void hold(String thing, Account owner, Optional<RecordId<OfferingRecord>> offering, Amounts real) {
        reserve(thing, owner, offering, real);
        settle(thing, real);
    }

    /** Counts a thing as it was found to be, whatever was reserved for it, and whatever the limits are: what is there is there. */
    public void settle(String thing, Amounts real) {
        find(thing).ifPresent(holding -> {
            boolean isNew = holding.standing() == HoldingRecord.Standing.RESERVED;
            Amounts change = real.minus(holding.counted());
            if (isNew || !change.isNone()) {
                count(update(holding.held().counting(real)), isNew ? Kind.STARTED : Kind.CHANGED, change);
            }
        });
    }

    /** Tells that what was reserved for a thing to grow was not needed, as it is as it was. */
    public void giveBack(String thing, Amounts real) {
        find(thing).ifPresent(holding -> {
            Amounts change = real.minus(holding.counted());
            if (!change.isNone()) {
                count(update(holding.counting(real)), Kind.GIVEN_BACK, change);
            }
        });
    }

    /** Counts a thing no more: it is gone, or was not made. */
    public void end(String thing) {
        find(thing).ifPresent(holding -> {
            Kind kind = holding.standing() == HoldingRecord.Standing.HELD ? Kind.ENDED : Kind.GIVEN_BACK;
            Amounts change = Amounts.NONE.minus(holding.counted());
            count(holding.counting(Amounts.NONE), kind, change);
            transaction.holdings().delete(holding);
        });
    }

    /** Notes that a thing is held by another offering from now on. */
    public void offer(String thing, Optional<RecordId<OfferingRecord>> offering) {
        find(thing)
                .filter(holding -> !holding.offering().equals(offering))
                .ifPresent(holding -> count(update(holding.by(offering)), Kind.CHANGED, Amounts.NONE));
    }

    /**
     * Counts a thing for another account: what is counted leaves the one and all above it first, so that those above both need no room for it twice.
     *
     * @throws DriverException with {@code EXHAUSTED} if the other account or one above it may not hold so much
     */
    void assign(HoldingRecord holding, Account to) {
        Amounts amounts = holding.counted();
        count(holding.counting(Amounts.NONE), Kind.ENDED, Amounts.NONE.minus(amounts));
        to.lineage().forEach(each -> requireRoom(account(each), amounts, holding.thing()));
        count(update(holding.of(to.id())), Kind.STARTED, amounts);
    }

    /** Puts right what is counted for a thing; one that is gone is held no more. */
    void correct(HoldingRecord holding, Optional<Amounts> real) {
        Amounts now = real.orElse(Amounts.NONE);
        count(holding.counting(now), Kind.CORRECTED, now.minus(holding.counted()));
        if (real.isPresent()) {
            update(holding.counting(now));
        } else {
            transaction.holdings().delete(holding);
        }
    }

    /** Returns who holds a thing, if anybody does. */
    public Optional<HoldingRecord> find(String thing) {
        return transaction.holdings().find(HoldingRecord.idOf(thing));
    }

    private HoldingRecord update(HoldingRecord holding) {
        return transaction.holdings().update(holding);
    }

    private AccountRecord account(Account account) {
        return transaction
                .accounts()
                .find(account.id())
                .orElseGet(() -> transaction.accounts().insert(AccountRecord.named(account.path())));
    }

    private void count(HoldingRecord holding, Kind kind, Amounts change) {
        Account owner =
                Account.of(transaction.accounts().require(holding.account()).path());
        for (Account each : owner.lineage()) {
            AccountRecord record = account(each);
            if (kind == Kind.RESERVED) {
                requireRoom(record, change, holding.thing());
            }
            transaction.accounts().update(record.holding(sum(record, change, holding.thing())));
        }
        Optional<String> offering =
                holding.offering().flatMap(transaction.offerings()::find).map(OfferingRecord::name);
        long number = account(Account.ROOT).events();
        transaction
                .usage()
                .insert(UsageRecord.of(number, owner.path(), holding, kind, change, now)
                        .by(offering));
    }

    private static Amounts sum(AccountRecord record, Amounts change, String thing) {
        try {
            Amounts sum = record.held().plus(change);
            if (sum.isNegative()) {
                LOG.warn(
                        "account /{} would hold {} without {}; its sum was wrong before, count anew",
                        record.path(),
                        sum,
                        thing);
            }
            return sum.orNothing();
        } catch (ArithmeticException e) {
            throw DriverException.because(Failure.EXHAUSTED)
                    .effect(Effect.NOT_APPLIED)
                    .causedBy(e)
                    .message(
                            "account /%s holds %s, and %s of %s more is more than can be counted",
                            record.path(), record.held(), change, thing);
        }
    }

    private static void requireRoom(AccountRecord record, Amounts change, String thing) {
        for (Map.Entry<String, Long> more : change.sizes().entrySet()) {
            OptionalLong limit = record.limits().of(more.getKey());
            long held = record.held().of(more.getKey());
            if (more.getValue() > 0 && limit.isPresent() && more.getValue() > limit.getAsLong() - held) {
                throw DriverException.because(Failure.EXHAUSTED)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "account /%s may hold %d of %s and holds %d, which leaves no room for %d more (%s); delete"
                                        + " something, or raise the limit",
                                record.path(), limit.getAsLong(), more.getKey(), held, more.getValue(), thing);
            }
        }
    }
}
