package io.hvkit.storage.spi;

import io.hvkit.core.Incubating;

/**
 * A parent of pools, such as a cluster of datastores: storage that shares out volumes among pools of its own. It has no volumes itself;
 * they are made in its children, each of which is opened as a pool like others. What its children mean for the pools that are known is
 * for the engine to judge.
 */
@Incubating(since = "0.1")
@FunctionalInterface
public interface PoolCluster {

    /**
     * Looks what the storage says of it now; changes nothing. Children that are not well are told, with what is wrong; so is a parent that
     * has none.
     *
     * <p>Fails with {@code NOT_FOUND} if there is no such parent any more.
     */
    ClusterSight look() throws InterruptedException;
}
