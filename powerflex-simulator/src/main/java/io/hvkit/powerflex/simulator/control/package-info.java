/** What a test turns: the clock, the version that is played, how long things take, and what shall go wrong. */
@NullMarked
package io.hvkit.powerflex.simulator.control;

import org.jspecify.annotations.NullMarked;
