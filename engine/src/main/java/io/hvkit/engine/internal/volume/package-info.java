/** What is done to volumes, each as an operation that survives crashes. */
@NullMarked
package io.hvkit.engine.internal.volume;

import org.jspecify.annotations.NullMarked;
