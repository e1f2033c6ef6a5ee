/** Where master keys come from, and how they wrap the keys of volumes. */
@NullMarked
package io.hvkit.engine.key;

import org.jspecify.annotations.NullMarked;
