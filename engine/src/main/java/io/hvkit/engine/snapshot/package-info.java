/** What is asked for and known of snapshots. */
@NullMarked
package io.hvkit.engine.snapshot;

import org.jspecify.annotations.NullMarked;
