/** Planted secrets, and the search for places they leaked to. */
@NullMarked
package io.hvkit.testkit.canary;

import org.jspecify.annotations.NullMarked;
