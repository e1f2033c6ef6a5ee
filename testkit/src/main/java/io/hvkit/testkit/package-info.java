/** What every test needs: undoing what it did, and waiting without sleeping. */
@NullMarked
package io.hvkit.testkit;

import org.jspecify.annotations.NullMarked;
