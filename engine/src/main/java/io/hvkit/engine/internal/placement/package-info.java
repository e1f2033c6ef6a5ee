/** How pools are judged and put into order. */
@NullMarked
package io.hvkit.engine.internal.placement;

import org.jspecify.annotations.NullMarked;
