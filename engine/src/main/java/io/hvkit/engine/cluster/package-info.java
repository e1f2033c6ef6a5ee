/** Parents of pools, such as clusters of datastores, as the engine keeps them. */
@NullMarked
package io.hvkit.engine.cluster;

import org.jspecify.annotations.NullMarked;
