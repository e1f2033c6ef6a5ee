package io.hvkit.catalog.jdbc.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;

/**
 * PostgreSQL. Its isolation level {@code SERIALIZABLE} lets transactions run beside each other and ends one of those that could not have
 * run one after the other; unlike locks on rows it needs no order of locking, and covers what is not there yet. Each holds a weak lock on
 * the table of the schema's version, so that one that was ended too often can wait for the others and then run with none beside it.
 */
final class Postgres extends Dialect {

    private static final long SILENCE_MILLIS = 60_000;
    private static final int ANSWER_MILLIS = 90_000;

    @Override
    String folder() {
        return "postgresql";
    }

    /** Whoever does not answer at all for so long is not there; a connection with a limit of its own keeps that one. */
    private static void limit(Connection connection) throws SQLException {
        if (connection.getNetworkTimeout() == 0) {
            connection.setNetworkTimeout(Runnable::run, ANSWER_MILLIS);
        }
    }

    @Override
    void begin(Connection connection, Company company, TablePrefix prefix) throws SQLException {
        limit(connection);
        // All in one message. LOCK comes first: unlike a query it takes no snapshot, which must be later than the lock.
        // Whoever is
        // silent within a transaction holds up the others, and is cut off.
        execute(
                connection,
                "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL lock_timeout = " + PATIENCE.toMillis()
                        + "; SET LOCAL idle_in_transaction_session_timeout = " + SILENCE_MILLIS
                        + "; LOCK TABLE " + prefix.table("schema_version") + " IN "
                        + (company == Company.ALONE ? "EXCLUSIVE" : "ROW SHARE") + " MODE");
    }

    @Override
    void beginMaintenance(Connection connection, TablePrefix prefix) throws SQLException {
        limit(connection);
        // Other processes may be at it: the second one waits here, and then sees what the first one has made.
        execute(
                connection,
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = " + PATIENCE.toMillis()
                        + "; SELECT pg_advisory_xact_lock(hashtextextended('hvkit schema " + prefix.value() + "', 0))");
    }

    @Override
    Instant now(Session session) {
        long micros = session.query(
                        "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) AS micros",
                        List.of(),
                        row -> row.number("micros"))
                .get(0);
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    @Override
    Set<String> columns(Session session, String table) {
        return Set.copyOf(session.query(
                "SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(?) AND attnum > 0"
                        + " AND NOT attisdropped",
                List.of(table),
                row -> row.text("attname")));
    }

    @Override
    Failures meaning(SQLException error) {
        return Failures.ofPostgres(error);
    }

    @Override
    boolean leavesCommitOpen(SQLException error) {
        return meaning(error) == Failures.UNREACHABLE || meaning(error) == Failures.OTHER;
    }
}
