package io.hvkit.engine.internal.usage;

import io.hvkit.catalog.spi.AccountRecord;
import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.engine.internal.usage.Measures.Seen;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.usage.Drift;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Counts anew what the catalog holds, within one transaction. What an operation is working on is left alone, since it is counted for what it
 * will be.
 */
public final class Recount {

    private final Transaction transaction;
    private final Set<String> inWork = new HashSet<>();

    private Recount(Transaction transaction) {
        this.transaction = transaction;
        transaction.journal().open().forEach(operation -> inWork.addAll(operation.objects()));
    }

    /** Returns each difference between what is counted and what is there: of things first, then of accounts. */
    public static List<Drift> drift(Transaction transaction) {
        return new Recount(transaction).all();
    }

    /** Puts right what {@link #drift} finds, and returns what that was. */
    public static List<Drift> correct(Transaction transaction, Ledger ledger) {
        List<Drift> found = drift(transaction);
        for (Drift drift : found) {
            if (!drift.thing().equals(Drift.SUM)) {
                HoldingRecord holding = ledger.find(drift.thing()).orElseThrow();
                ledger.correct(
                        holding, Measures.look(transaction, drift.thing()).real());
            }
        }
        new Recount(transaction).sums().forEach((path, sum) -> {
            AccountRecord account = transaction.accounts().require(AccountRecord.idOf(path));
            if (!account.held().equals(sum)) {
                transaction.accounts().update(account.recounted(sum));
            }
        });
        return found;
    }

    private List<Drift> all() {
        List<Drift> found = new ArrayList<>();
        Map<RecordId<AccountRecord>, String> paths = new HashMap<>();
        pages(transaction.accounts()).forEach(account -> paths.put(account.id(), account.path()));
        for (HoldingRecord holding : pages(transaction.holdings())) {
            Seen seen = Measures.look(transaction, holding.thing());
            boolean isSettled = holding.standing() == HoldingRecord.Standing.HELD
                    || seen.real().isEmpty();
            if (seen.known() && isSettled && !inWork.contains(holding.thing())) {
                Amounts real = seen.real().orElse(Amounts.NONE);
                if (seen.real().isEmpty() || !real.equals(holding.counted())) {
                    Account owner = Account.of(paths.getOrDefault(holding.account(), ""));
                    found.add(new Drift(owner, holding.thing(), holding.counted(), real));
                }
            }
        }
        sums().forEach((path, sum) -> {
            Amounts held =
                    transaction.accounts().require(AccountRecord.idOf(path)).held();
            if (!held.equals(sum)) {
                found.add(new Drift(Account.of(path), Drift.SUM, held, sum));
            }
        });
        return found;
    }

    /** What each account holds together with all below it, by what is counted for each thing. */
    private Map<String, Amounts> sums() {
        Map<RecordId<AccountRecord>, String> paths = new HashMap<>();
        Map<String, Amounts> sums = new HashMap<>();
        for (AccountRecord account : pages(transaction.accounts())) {
            paths.put(account.id(), account.path());
            sums.put(account.path(), Amounts.NONE);
        }
        for (HoldingRecord holding : pages(transaction.holdings())) {
            Account owner = Account.of(paths.getOrDefault(holding.account(), ""));
            owner.lineage().forEach(each -> sums.merge(each.path(), holding.counted(), Amounts::plus));
        }
        return sums;
    }

    private static <R extends CatalogRecord<R>> List<R> pages(Table<R> table) {
        List<R> all = new ArrayList<>();
        Optional<RecordId<R>> last = Optional.empty();
        List<R> page;
        do {
            page = table.page(last, Table.LONGEST_PAGE);
            all.addAll(page);
            last = page.isEmpty() ? last : Optional.of(page.get(page.size() - 1).id());
        } while (page.size() == Table.LONGEST_PAGE);
        return all;
    }
}
