/** A private PostgreSQL for tests. */
@NullMarked
package io.hvkit.testkit.postgres;

import org.jspecify.annotations.NullMarked;
