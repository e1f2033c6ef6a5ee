/** Settings as the catalog keeps them. */
@NullMarked
package io.hvkit.engine.internal.setting;

import org.jspecify.annotations.NullMarked;
