/** Pools of Dell PowerFlex, which was ScaleIO. */
@NullMarked
package io.hvkit.scaleio;

import org.jspecify.annotations.NullMarked;
