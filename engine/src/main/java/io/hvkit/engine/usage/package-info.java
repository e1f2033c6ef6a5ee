/** Who has how much, how much that may be, and how it changes. */
@NullMarked
package io.hvkit.engine.usage;

import org.jspecify.annotations.NullMarked;
