package io.hvkit.catalog.jdbc;

import io.hvkit.catalog.jdbc.internal.Connections;
import io.hvkit.catalog.jdbc.internal.Dialect;
import io.hvkit.catalog.jdbc.internal.Migration;
import io.hvkit.catalog.jdbc.internal.SqlCatalog;
import io.hvkit.catalog.jdbc.internal.SqliteFile;
import io.hvkit.catalog.jdbc.internal.TablePrefix;
import io.hvkit.catalog.spi.Catalog;
import java.nio.file.Path;
import java.util.List;
import javax.sql.DataSource;

/**
 * The catalog in a database. Any number of threads and processes share one; on SQLite all of them on one machine.
 *
 * <p>Transactions are serializable. On PostgreSQL they run beside each other, under its own isolation of that name, and one that was in
 * another's way is run again, at last with the tables for itself, so that every one comes to its end. On SQLite they run one after the
 * other. A transaction waits 30 seconds for others at most.
 *
 * <p>The clock of leases is the database server's; on SQLite, which has no server, it is the machine's.
 */
public final class JdbcCatalog implements Catalog {

    /** What the names of tables begin with unless it is said. */
    public static final String USUAL_PREFIX = "hvkit_";

    private final SqlCatalog catalog;

    private JdbcCatalog(SqlCatalog catalog) {
        this.catalog = catalog;
    }

    /**
     * Opens a catalog in a file of SQLite, and makes or updates what is missing. A new file is its owner's alone, as are those that SQLite
     * puts beside it. What was committed is on the disk. The file must be on a file system of this machine, for those of a network do not
     * lock reliably.
     *
     * @param file the file; its folder is there
     * @throws io.hvkit.core.DriverException with {@code INVALID_REQUEST} if the folder is missing, or others may read or write the file;
     *     {@code HOST_NOT_READY} if the JDBC driver {@code org.xerial:sqlite-jdbc} is missing; {@code UNSUPPORTED} if a newer version of
     *     HVKit made it; {@code CORRUPT_DATA} if it is not a database; {@code UNREACHABLE} if it cannot be read or written
     */
    public static JdbcCatalog file(Path file) throws InterruptedException {
        return opened(SqliteFile.at(file), USUAL_PREFIX, SchemaMode.MIGRATE);
    }

    /**
     * Opens a catalog in a database, which is PostgreSQL or SQLite.
     *
     * @param dataSource where connections come from, one for each transaction under way, which are given back by closing them. The
     *     caller's own: it is not closed with the catalog. A connection that would wait without limit for PostgreSQL's answer gets a
     *     network time-out of 90 seconds
     * @param tablePrefix what the names of all tables begin with: a lower-case letter, then up to 29 of {@code a-z 0-9 _}; several
     *     catalogs in one database are told apart by it
     * @param mode what is done about the tables
     * @throws io.hvkit.core.DriverException with {@code INVALID_REQUEST} if the prefix has another form, or {@link SchemaMode#VALIDATE}
     *     finds that tables are missing or older, naming them; {@code UNSUPPORTED} if it is another database, or a newer version of HVKit
     *     made the tables; {@code UNREACHABLE} if it does not answer
     */
    public static JdbcCatalog on(DataSource dataSource, String tablePrefix, SchemaMode mode)
            throws InterruptedException {
        return opened(Connections.of(dataSource), tablePrefix, mode);
    }

    private static JdbcCatalog opened(Connections connections, String tablePrefix, SchemaMode mode)
            throws InterruptedException {
        TablePrefix prefix = new TablePrefix(tablePrefix);
        SqlCatalog catalog = new SqlCatalog(connections, prefix);
        boolean whole = false;
        try {
            Dialect dialect = catalog.dialect();
            Migration migration = Migration.of(dialect, prefix);
            switch (mode) {
                case VALIDATE -> catalog.maintain(migration::validate);
                case MIGRATE -> catalog.maintain(migration::migrate);
                case NONE -> catalog.maintain(migration::refuseNewer);
            }
            whole = true;
            return new JdbcCatalog(catalog);
        } finally {
            if (!whole) {
                catalog.close();
            }
        }
    }

    /**
     * Returns the scripts that make the tables of one database, the oldest first, for those who run them by their own means. They are
     * run in order, each in one transaction.
     *
     * @param product the database's name as its driver says it: {@code PostgreSQL} or {@code SQLite}
     * @param tablePrefix as in {@link #on}
     */
    public static List<String> scripts(String product, String tablePrefix) {
        return Migration.of(Dialect.named(product), new TablePrefix(tablePrefix))
                .texts();
    }

    @Override
    public <T> T inTransaction(Work<T> work) throws InterruptedException {
        return catalog.inTransaction(work);
    }

    @Override
    public void close() {
        catalog.close();
    }
}
