/** What operators set, for all or for one zone, cluster or pool. */
@NullMarked
package io.hvkit.engine.setting;

import org.jspecify.annotations.NullMarked;
