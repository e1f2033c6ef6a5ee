/** A tiny Linux that writes records to its disk, and the proof that none of them was lost. */
@NullMarked
package io.hvkit.testkit.guest;

import org.jspecify.annotations.NullMarked;
