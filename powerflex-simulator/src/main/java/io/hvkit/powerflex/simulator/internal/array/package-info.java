/** The array: its objects, its rules and its time. Knows no HTTP, no JSON and no files. */
@NullMarked
package io.hvkit.powerflex.simulator.internal.array;

import org.jspecify.annotations.NullMarked;
