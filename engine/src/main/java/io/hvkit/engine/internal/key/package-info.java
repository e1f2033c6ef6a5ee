/** Keys of volumes: made, wrapped, kept, and destroyed when nothing needs them. */
@NullMarked
package io.hvkit.engine.internal.key;

import org.jspecify.annotations.NullMarked;
