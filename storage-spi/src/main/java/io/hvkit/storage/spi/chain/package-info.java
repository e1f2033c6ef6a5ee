/**
 * Plans what happens to chains of snapshots. Start reading at {@link io.hvkit.storage.spi.chain.ChainPlanner}. Everything here is pure:
 * immutable values, no clock, no chance, nothing outside is touched.
 */
@NullMarked
package io.hvkit.storage.spi.chain;

import org.jspecify.annotations.NullMarked;
