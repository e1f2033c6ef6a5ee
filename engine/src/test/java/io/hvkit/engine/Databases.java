package io.hvkit.engine;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.jdbc.SchemaMode;
import java.nio.file.Path;
import org.postgresql.ds.PGSimpleDataSource;

/** Real catalogs by one word, which a process of its own can be given: a file of SQLite, or the address of a PostgreSQL. */
final class Databases {

    private Databases() {}

    static JdbcCatalog open(String place) throws InterruptedException {
        return open(place, JdbcCatalog.USUAL_PREFIX);
    }

    /** Opens one of several in one PostgreSQL, by the names of its tables. */
    static JdbcCatalog open(String place, String prefix) throws InterruptedException {
        if (!place.startsWith("jdbc:")) {
            return JdbcCatalog.file(Path.of(place));
        }
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setURL(place);
        return JdbcCatalog.on(source, prefix, SchemaMode.MIGRATE);
    }
}
