/** What a host has of the array. */
@NullMarked
package io.hvkit.scaleio.internal.host;

import org.jspecify.annotations.NullMarked;
