package io.hvkit.powerflex.simulator;

import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.powerflex.simulator.control.SimulatorClock;
import io.hvkit.powerflex.simulator.control.Timing;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;

/** A gateway of version 4.5 over HTTP, whose clock stands, and a client that is logged in. */
abstract class GatewayCase {

    PowerFlexSimulator simulator;
    SimulatedSystem system;
    Client client;

    GatewayCase() {
        play(GatewayVersion.V4_5);
    }

    /** Starts anew, as another version. */
    final void play(GatewayVersion version) {
        if (simulator != null) {
            simulator.close();
        }
        simulator =
                PowerFlexSimulator.start(settings(SystemSettings.named("array").version(version)));
        system = simulator.system();
        client = Client.loggedIn(simulator, system);
    }

    static SimulatorSettings settings(SystemSettings system) {
        return SimulatorSettings.usual()
                .over(SimulatorSettings.Transport.HTTP)
                .time(SimulatorClock.stopped(), Timing.usual())
                .system(system);
    }

    @AfterEach
    final void close() {
        simulator.close();
    }

    final void pass(Duration time) {
        simulator.clock().advance(time);
    }

    final String sdc(String host) {
        return system.sdcId(simulator.host(host));
    }
}
