/** What is done to machines, step by step. */
@NullMarked
package io.hvkit.engine.internal.machine;

import org.jspecify.annotations.NullMarked;
