package io.hvkit.catalog.jdbc.internal;

import io.hvkit.catalog.jdbc.internal.Dialect.Company;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Runs transactions, and runs those again that were in the way of others. */
public final class SqlCatalog implements Catalog {

    private static final int BESIDE_OTHERS = 4;
    private static final int ALONE = 3;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

    /** Work on the tables themselves. */
    @FunctionalInterface
    public interface Maintenance {
        /** Does one part of it. Returns whether there is more, which is done in another transaction. */
        boolean run(Session session);
    }

    private final Connections connections;
    private final TablePrefix prefix;
    private final Set<Thread> inside = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** Makes a catalog that closes {@code connections} with itself. */
    public SqlCatalog(Connections connections, TablePrefix prefix) {
        this.connections = connections;
        this.prefix = prefix;
    }

    /** Asks the database what it is. */
    public Dialect dialect() throws InterruptedException {
        Connection connection = borrowed();
        try {
            return Dialect.of(connection);
        } catch (SQLException e) {
            throw Failures.UNREACHABLE.of(e);
        } finally {
            giveBack(connection);
        }
    }

    /** Runs work on the tables, one transaction after the other until there is no more. */
    public void maintain(Maintenance maintenance) throws InterruptedException {
        boolean more = true;
        while (more) {
            try {
                more = once(maintenance::run, (dialect, connection) -> dialect.beginMaintenance(connection, prefix));
            } catch (Overtaken e) {
                throw Failures.CONFLICT.of(e.error);
            }
        }
    }

    @Override
    public <T> T inTransaction(Work<T> work) throws InterruptedException {
        Thread thread = Thread.currentThread();
        if (inside.contains(thread)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("this thread is in a transaction already; do all of the work in that one");
        }
        inside.add(thread);
        try {
            for (int attempt = 1; ; attempt++) {
                Company company = attempt <= BESIDE_OTHERS ? Company.BESIDE : Company.ALONE;
                try {
                    return once(
                            session -> work.run(new SqlTransaction(session, prefix)),
                            (dialect, connection) -> dialect.begin(connection, company, prefix));
                } catch (Overtaken e) {
                    if (attempt == BESIDE_OTHERS + ALONE) {
                        throw Failures.CONFLICT.of(e.error);
                    }
                    pause(attempt);
                }
            }
        } finally {
            inside.remove(thread);
        }
    }

    private static void pause(int attempt) throws InterruptedException {
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(PAUSE_NANOS << attempt));
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted while other transactions were in the way");
        }
    }

    /** Says that the work is to be run again. */
    private static final class Overtaken extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient SQLException error;

        private Overtaken(SQLException error) {
            super(error);
            this.error = error;
        }
    }

    @FunctionalInterface
    private interface Beginning {
        void begin(Dialect dialect, Connection connection) throws SQLException, InterruptedException;
    }

    @FunctionalInterface
    private interface Inner<T> {
        T run(Session session);
    }

    /** Runs work in one transaction, once. */
    private <T> T once(Inner<T> work, Beginning beginning) throws InterruptedException, Overtaken {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted before the transaction began");
        }
        Connection connection = borrowed();
        boolean whole = false;
        try {
            Dialect dialect = Dialect.of(connection);
            T result = begunAndKept(work, beginning, dialect, connection);
            whole = true;
            return result;
        } catch (SQLException e) {
            throw Failures.UNREACHABLE.of(e);
        } finally {
            if (whole || rolledBack(connection)) {
                giveBack(connection);
            } else {
                connections.discard(connection);
            }
        }
    }

    private static <T> T begunAndKept(Inner<T> work, Beginning beginning, Dialect dialect, Connection connection)
            throws InterruptedException, Overtaken {
        try {
            beginning.begin(dialect, connection);
        } catch (SQLException e) {
            throw failure(dialect, e);
        }
        Session session = new Session(connection, dialect);
        T result;
        try {
            result = work.run(session);
        } catch (RuntimeException e) {
            if (session.error().isPresent()) {
                throw failure(dialect, session.error().get());
            }
            throw e;
        } finally {
            session.end();
        }
        if (session.error().isPresent()) {
            throw failure(dialect, session.error().get());
        }
        commit(dialect, connection);
        return result;
    }

    private static void commit(Dialect dialect, Connection connection) throws Overtaken {
        try {
            Dialect.execute(connection, "COMMIT");
        } catch (SQLException e) {
            if (dialect.leavesCommitOpen(e)) {
                throw dialect.meaning(e)
                        .because(e)
                        .effect(Effect.UNKNOWN)
                        .message(
                                "the database failed while it kept the transaction, and may have kept it; look: %s", e);
            }
            throw failure(dialect, e);
        }
    }

    private static DriverException failure(Dialect dialect, SQLException e) throws Overtaken {
        Failures meaning = dialect.meaning(e);
        if (meaning == Failures.CONFLICT) {
            throw new Overtaken(e);
        }
        return meaning.of(e);
    }

    private Connection borrowed() throws InterruptedException {
        if (closed) {
            throw DriverException.because(Failure.INVALID_REQUEST).message("the catalog is closed");
        }
        try {
            return connections.borrow();
        } catch (SQLException e) {
            throw connections.meaning(e).of(e);
        }
    }

    /** Rolls back what there is. Returns whether the connection can be used again. */
    private static boolean rolledBack(Connection connection) {
        try {
            Dialect.execute(connection, "ROLLBACK");
            return true;
        } catch (SQLException e) {
            return false; // a closed connection is rolled back by the database
        }
    }

    private void giveBack(Connection connection) {
        try {
            connections.giveBack(connection);
        } catch (SQLException e) {
            connections.discard(connection); // what was committed is kept all the same
        }
    }

    @Override
    public void close() {
        closed = true;
        connections.close();
    }
}
