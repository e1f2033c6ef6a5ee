/** How parents of pools are compared with what their storage shows. */
@NullMarked
package io.hvkit.engine.internal.cluster;

import org.jspecify.annotations.NullMarked;
