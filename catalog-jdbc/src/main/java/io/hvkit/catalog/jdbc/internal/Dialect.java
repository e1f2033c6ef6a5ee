package io.hvkit.catalog.jdbc.internal;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/** What differs from one database to the other. */
public abstract sealed class Dialect permits Postgres, Sqlite {

    /** How long a transaction waits for others at most. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    /** How a transaction runs. */
    enum Company {
        /** Beside others. */
        BESIDE,
        /** After all that have begun, and before any other. */
        ALONE
    }

    Dialect() {}

    /** Recognises the database behind a connection. */
    static Dialect of(Connection connection) throws SQLException {
        return named(connection.getMetaData().getDatabaseProductName());
    }

    /**
     * Returns the dialect of a database.
     *
     * @throws DriverException with {@code UNSUPPORTED} if it is neither PostgreSQL nor SQLite
     */
    public static Dialect named(String product) {
        return switch (product) {
            case "PostgreSQL" -> new Postgres();
            case "SQLite" -> new Sqlite();
            default ->
                throw DriverException.because(Failure.UNSUPPORTED)
                        .message("the catalog is kept in PostgreSQL or SQLite, not in %s", product);
        };
    }

    /** Returns the folder of its scripts. */
    abstract String folder();

    /** Begins a serializable transaction on a connection in auto-commit mode. */
    abstract void begin(Connection connection, Company company, TablePrefix prefix)
            throws SQLException, InterruptedException;

    /** Begins a transaction that changes the tables themselves; no other one of that kind runs meanwhile. */
    abstract void beginMaintenance(Connection connection, TablePrefix prefix) throws SQLException, InterruptedException;

    /** Returns the time by the clock of leases. */
    abstract Instant now(Session session);

    /** Returns the columns of a table; none if it is not there. */
    abstract Set<String> columns(Session session, String table);

    /** Says what an error means. */
    abstract Failures meaning(SQLException error);

    /** Returns whether an error of a commit leaves it open whether the transaction is kept. */
    abstract boolean leavesCommitOpen(SQLException error);

    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            boolean unused = statement.execute(sql);
        }
    }
}
