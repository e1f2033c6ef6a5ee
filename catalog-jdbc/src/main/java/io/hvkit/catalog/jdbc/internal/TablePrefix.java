package io.hvkit.catalog.jdbc.internal;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.regex.Pattern;

/** What the names of all tables begin with; of a form that needs no quotes anywhere. */
public record TablePrefix(String value) {

    private static final Pattern FORM = Pattern.compile("[a-z][a-z0-9_]{0,29}");

    /** Checks the form. */
    public TablePrefix {
        if (!FORM.matcher(value).matches()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a table prefix is a lower-case letter and up to 29 letters, digits and underscores, not '%s'",
                            value);
        }
    }

    String table(String name) {
        return value + name;
    }

    /** Returns a statement in which <code>${prefix}</code> is this one. */
    String in(String sql) {
        return sql.replace("${prefix}", value);
    }
}
