/** What every end point must do: contracts to extend, and an end point in memory that keeps them. */
@NullMarked
package io.hvkit.testkit.endpoint;

import org.jspecify.annotations.NullMarked;
