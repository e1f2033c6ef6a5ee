package io.hvkit.catalog.jdbc.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** SQLite. A transaction takes the lock of the one writer at its beginning, so that none finds out later that another was faster. */
final class Sqlite extends Dialect {

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    @Override
    String folder() {
        return "sqlite";
    }

    @Override
    void begin(Connection connection, Company company, TablePrefix prefix) throws SQLException, InterruptedException {
        execute(connection, "PRAGMA foreign_keys = ON");
        execute(connection, "PRAGMA synchronous = FULL");
        execute(connection, "PRAGMA busy_timeout = 50");
        // SQLite waits deaf to interruption, so it waits briefly and often.
        long start = System.nanoTime();
        while (true) {
            try {
                execute(connection, "BEGIN IMMEDIATE");
                return;
            } catch (SQLException e) {
                if (meaning(e) != Failures.BUSY || System.nanoTime() - start > PATIENCE.toNanos()) {
                    throw e;
                }
            }
            LockSupport.parkNanos(PAUSE_NANOS);
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while another transaction was under way");
            }
        }
    }

    @Override
    void beginMaintenance(Connection connection, TablePrefix prefix) throws SQLException, InterruptedException {
        begin(connection, Company.ALONE, prefix);
    }

    @Override
    Instant now(Session session) {
        return Instant.now();
    }

    @Override
    Set<String> columns(Session session, String table) {
        return Set.copyOf(
                session.query("SELECT name FROM pragma_table_info(?)", List.of(table), row -> row.text("name")));
    }

    @Override
    Failures meaning(SQLException error) {
        return Failures.ofSqlite(error);
    }

    @Override
    boolean leavesCommitOpen(SQLException error) {
        return meaning(error) == Failures.UNREACHABLE || meaning(error) == Failures.OTHER;
    }
}
