/** The ledger of who has what. */
@NullMarked
package io.hvkit.engine.internal.usage;

import org.jspecify.annotations.NullMarked;
