/** Open connections to the hosts and pools of the catalog. */
@NullMarked
package io.hvkit.engine.internal.inventory;

import org.jspecify.annotations.NullMarked;
