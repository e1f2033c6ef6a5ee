package io.hvkit.engine.usage;

import io.hvkit.catalog.spi.AccountRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Incubating;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Somebody for whom volumes and machines are kept: a domain, an account, a project. Accounts form a tree; what one holds counts for those above
 * it, too, up to {@link #ROOT}. Nobody has to make one: it is there as soon as it holds something or has a limit.
 *
 * @param path its name behind those of the accounts above it, with slashes between, such as {@code acme/dev}; empty for {@link #ROOT}
 */
@Incubating(since = "0.1")
public record Account(String path) {

    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}";
    private static final Pattern FORM = Pattern.compile("(" + NAME + "(/" + NAME + ")*)?");

    /** How many characters a path has at most. */
    public static final int LONGEST = 255;

    /** The account above all others, for which everything counts that anybody holds. */
    public static final Account ROOT = new Account("");

    /**
     * Checks the path.
     *
     * @throws IllegalArgumentException if it has another form, naming it and what is allowed
     */
    public Account {
        if (path.length() > LONGEST || !FORM.matcher(path).matches()) {
            throw new IllegalArgumentException(
                    "'" + path + "' is no account; write names with slashes between, such as acme/dev. A name has 1"
                            + " to 64 letters, digits, blanks, dots, dashes, underscores and at signs, and begins with a letter or digit; all together"
                            + " have " + LONGEST + " characters at most");
        }
    }

    /** Returns the account of a path such as {@code acme/dev}. */
    public static Account of(String path) {
        return new Account(path);
    }

    /** Returns the account above this one; nothing for {@link #ROOT}. */
    public Optional<Account> above() {
        if (path.isEmpty()) {
            return Optional.empty();
        }
        int slash = path.lastIndexOf('/');
        return Optional.of(slash < 0 ? ROOT : new Account(path.substring(0, slash)));
    }

    /** Returns those above this one from {@link #ROOT} down, and this one last. */
    public List<Account> lineage() {
        List<Account> all = new ArrayList<>();
        above().ifPresent(account -> all.addAll(account.lineage()));
        all.add(this);
        return List.copyOf(all);
    }

    /** Returns the id of its record. */
    public RecordId<AccountRecord> id() {
        return AccountRecord.idOf(path);
    }

    @Override
    public String toString() {
        return "/" + path;
    }
}
