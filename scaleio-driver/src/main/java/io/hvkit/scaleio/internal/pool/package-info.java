/** A pool of the array as the SPI wants it. */
@NullMarked
package io.hvkit.scaleio.internal.pool;

import org.jspecify.annotations.NullMarked;
