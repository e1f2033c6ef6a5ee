/** Where a new volume goes, and why not elsewhere. */
@NullMarked
package io.hvkit.engine.placement;

import org.jspecify.annotations.NullMarked;
