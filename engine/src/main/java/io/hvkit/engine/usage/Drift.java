package io.hvkit.engine.usage;

import io.hvkit.catalog.spi.Amounts;
import io.hvkit.core.Incubating;

/**
 * A difference between what is counted and what is there.
 *
 * @param account for whom it is counted
 * @param thing what is counted wrongly, such as {@code volume:7c2f}; {@code account} if the sum of the account is wrong
 * @param counted what is counted
 * @param real what is there
 */
@Incubating(since = "0.1")
public record Drift(Account account, String thing, Amounts counted, Amounts real) {

    /** What stands in the place of a thing where the sum of an account is wrong. */
    public static final String SUM = "account";
}
