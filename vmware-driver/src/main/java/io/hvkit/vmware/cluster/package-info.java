/**
 * Clusters of datastores: what a vCenter says of one, what that would change among the pools that are known, and in which order one is
 * taken into maintenance. Start reading at {@link io.hvkit.vmware.cluster.ClusterPlanner}.
 */
@NullMarked
package io.hvkit.vmware.cluster;

import org.jspecify.annotations.NullMarked;
