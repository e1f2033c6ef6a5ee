/** What is done to snapshots: plans of chains, carried out. */
@NullMarked
package io.hvkit.engine.internal.snapshot;

import org.jspecify.annotations.NullMarked;
