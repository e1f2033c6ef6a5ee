package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;

/**
 * A step that a plan leaves out, since a store does not answer. The graph keeps in mind that it is due; plan again when the store is up.
 *
 * @param step the step
 * @param store the store
 */
@Incubating(since = "0.1")
public record Waiting(Step step, PoolId store) {}
