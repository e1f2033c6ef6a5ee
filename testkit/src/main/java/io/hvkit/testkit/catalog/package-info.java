/** A catalog in memory, and the contract that every catalog keeps. */
@NullMarked
package io.hvkit.testkit.catalog;

import org.jspecify.annotations.NullMarked;
