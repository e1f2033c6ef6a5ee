package io.hvkit.catalog.jdbc;

/** What is done about the tables when a catalog is opened. In every mode, a database that a newer version of HVKit made is refused. */
public enum SchemaMode {
    /** They are looked at: if one is missing or older, the catalog is not opened, and the failure names what is missing. */
    VALIDATE,
    /** What is missing is made, and what is older is brought up to date, by one process at a time. */
    MIGRATE,
    /** Nothing: whoever owns the database sees to it. */
    NONE
}
