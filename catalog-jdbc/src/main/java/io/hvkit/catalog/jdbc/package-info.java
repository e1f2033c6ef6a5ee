/** The catalog in a database: a file of SQLite for one machine, PostgreSQL for many. */
@NullMarked
package io.hvkit.catalog.jdbc;

import org.jspecify.annotations.NullMarked;
