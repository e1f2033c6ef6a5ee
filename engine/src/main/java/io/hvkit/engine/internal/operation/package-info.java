/** Operations that survive crashes; start reading at {@link io.hvkit.engine.internal.operation.Procedure}. */
@NullMarked
package io.hvkit.engine.internal.operation;

import org.jspecify.annotations.NullMarked;
