/** What a planner of chains of snapshots must do, for whoever brings one of their own. */
@NullMarked
package io.hvkit.testkit.chain;

import org.jspecify.annotations.NullMarked;
