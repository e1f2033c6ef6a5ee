package io.hvkit.catalog.jdbc.internal;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** A file of SQLite, with the one connection that this process has to it; the threads wait for it in turn. */
public final class SqliteFile implements Connections {

    private static final String OWNERS = "rw-------";
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final String url;
    private final Driver driver;
    private final ReentrantLock turn = new ReentrantLock(true);
    private Optional<Connection> open = Optional.empty();
    private volatile boolean closed;

    private SqliteFile(String url, Driver driver) {
        this.url = url;
        this.driver = driver;
    }

    /** Makes the file if it is not there, its owner's alone; refuses one that others may use. */
    public static SqliteFile at(Path file) {
        Path whole = file.toAbsolutePath();
        String url = "jdbc:sqlite:file:" + whole.toUri().getRawPath();
        Driver driver = driver(url);
        try {
            Files.createFile(whole, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNERS)));
        } catch (FileAlreadyExistsException e) {
            refuseIfOthersMayUse(whole);
        } catch (IOException e) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .causedBy(e)
                    .message(
                            "the catalog's file %s cannot be made: %s; its folder must be there, and be writable",
                            whole, e);
        }
        return new SqliteFile(url, driver);
    }

    private static Driver driver(String url) {
        for (Driver driver : ServiceLoader.load(Driver.class, SqliteFile.class.getClassLoader())) {
            try {
                if (driver.acceptsURL(url)) {
                    return driver;
                }
            } catch (SQLException e) {
                // it does not know, and is none for SQLite
            }
        }
        throw DriverException.because(Failure.HOST_NOT_READY)
                .message("there is no JDBC driver for SQLite; add the dependency org.xerial:sqlite-jdbc");
    }

    private static void refuseIfOthersMayUse(Path file) {
        try {
            Set<PosixFilePermission> all = Files.getPosixFilePermissions(file);
            if (!Files.isRegularFile(file)
                    || !PosixFilePermissions.fromString(OWNERS).containsAll(all)) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "the catalog's file %s must be a file and its owner's alone, not %s; chmod 600 it",
                                file, PosixFilePermissions.toString(all));
            }
        } catch (IOException e) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .causedBy(e)
                    .message("the catalog's file %s cannot be looked at: %s", file, e);
        }
    }

    @Override
    public Connection borrow() throws SQLException, InterruptedException {
        turn.lockInterruptibly();
        boolean lent = false;
        try {
            if (closed) {
                throw DriverException.because(Failure.INVALID_REQUEST).message("the catalog is closed");
            }
            Connection connection = open.isPresent() ? open.get() : opened();
            open = Optional.of(connection);
            lent = true;
            return connection;
        } finally {
            if (!lent) {
                turn.unlock();
            }
        }
    }

    private Connection opened() throws SQLException, InterruptedException {
        Connection connection = driver.connect(url, new Properties());
        if (connection == null) {
            throw new SQLException("the driver takes no " + url);
        }
        boolean usable = false;
        try {
            useLog(connection);
            usable = true;
            return connection;
        } finally {
            if (!usable) {
                connection.close();
            }
        }
    }

    /** Has changes go to a log first, which readers do not wait for. Another process may be about to do the same. */
    private static void useLog(Connection connection) throws SQLException, InterruptedException {
        long start = System.nanoTime();
        while (true) {
            try {
                Dialect.execute(connection, "PRAGMA busy_timeout = 50");
                Dialect.execute(connection, "PRAGMA journal_mode = WAL");
                return;
            } catch (SQLException e) {
                if (Failures.ofSqlite(e) != Failures.BUSY || System.nanoTime() - start > Dialect.PATIENCE.toNanos()) {
                    throw e;
                }
            }
            LockSupport.parkNanos(PAUSE_NANOS);
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while another process was busy with the file");
            }
        }
    }

    @Override
    public void giveBack(Connection connection) throws SQLException {
        try {
            if (closed) {
                open = Optional.empty();
                connection.close();
            }
        } finally {
            turn.unlock();
        }
    }

    @Override
    public void discard(Connection connection) {
        try (connection) {
            open = Optional.empty();
        } catch (SQLException e) {
            // it is of no use already
        } finally {
            if (turn.isHeldByCurrentThread()) {
                turn.unlock();
            }
        }
    }

    @Override
    public Failures meaning(SQLException error) {
        return Failures.ofSqlite(error);
    }

    @Override
    public void close() {
        closed = true;
        if (turn.isHeldByCurrentThread()) {
            return; // within a transaction, whose end closes the connection
        }
        turn.lock();
        try {
            if (open.isPresent()) {
                open.get().close();
            }
        } catch (SQLException e) {
            // what was committed is on the disk
        } finally {
            open = Optional.empty();
            turn.unlock();
        }
    }
}
