/** The durable catalog; start reading at {@link io.hvkit.catalog.jdbc.JdbcCatalog}. */
module io.hvkit.catalog.jdbc {
    requires transitive io.hvkit.catalog.spi;
    requires transitive java.sql;
    requires static transitive org.jspecify;

    exports io.hvkit.catalog.jdbc;

    uses java.sql.Driver;
}
