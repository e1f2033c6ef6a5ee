/** A real ssh server for tests. */
@NullMarked
package io.hvkit.testkit.ssh;

import org.jspecify.annotations.NullMarked;
