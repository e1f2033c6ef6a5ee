/** The catalog and the journal of an engine: records, transactions over them, and operations that survive a crash. */
@NullMarked
package io.hvkit.catalog.spi;

import org.jspecify.annotations.NullMarked;
