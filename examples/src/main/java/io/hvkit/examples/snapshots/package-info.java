/** Snapshots of a volume under a guest that writes; start reading at {@link io.hvkit.examples.snapshots.Snapshots}. */
@NullMarked
package io.hvkit.examples.snapshots;

import org.jspecify.annotations.NullMarked;
