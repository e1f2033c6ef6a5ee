/**
 * A gateway of Dell PowerFlex (ScaleIO) with an array behind it, on loopback: for tests of any client, in any language.
 *
 * <pre>{@code
 * try (PowerFlexSimulator simulator = PowerFlexSimulator.start(SimulatorSettings.usual())) {
 *     SimulatedSystem system = simulator.system();
 *     client.connect(system.uri(), system.user(), system.password(), simulator.trust());
 *     system.faults().add(Fault.at("addMappedSdc").afterWork().losingTheAnswer());
 * }
 * }</pre>
 *
 * <p>Volumes are files with holes; a mapped one is linked into the folder of its host under the name that a real host has for it,
 * so that QEMU reads and writes it. What is simulated, and how sure it is, stands in the project's page on the simulator.
 */
@NullMarked
package io.hvkit.powerflex.simulator;

import org.jspecify.annotations.NullMarked;
