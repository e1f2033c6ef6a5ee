/** Datastores as pools: volumes are disks in folders of their own, and what is noted of them stands beside them. */
@NullMarked
package io.hvkit.vmware.internal.datastore;

import org.jspecify.annotations.NullMarked;
