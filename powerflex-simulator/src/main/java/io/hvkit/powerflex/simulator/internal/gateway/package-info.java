/** The gateway: requests, sessions and JSON before the array. */
@NullMarked
package io.hvkit.powerflex.simulator.internal.gateway;

import org.jspecify.annotations.NullMarked;
