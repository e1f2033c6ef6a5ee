/** Machines as an engine is asked for them, and where they can run. */
@NullMarked
package io.hvkit.engine.machine;

import org.jspecify.annotations.NullMarked;
