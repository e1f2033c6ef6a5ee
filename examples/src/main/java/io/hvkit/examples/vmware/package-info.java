/** A vCenter, simulated: clusters of datastores, clones, and machines that move. */
@NullMarked
package io.hvkit.examples.vmware;

import org.jspecify.annotations.NullMarked;
