/** The simulator in tests on JUnit. */
@NullMarked
package io.hvkit.powerflex.simulator.junit;

import org.jspecify.annotations.NullMarked;
