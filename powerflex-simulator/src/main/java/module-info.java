/** A gateway of Dell PowerFlex (ScaleIO) on loopback; start reading at {@link io.hvkit.powerflex.simulator.PowerFlexSimulator}. */
module io.hvkit.powerflex.simulator {
    requires com.fasterxml.jackson.databind;
    requires jdk.httpserver;
    requires transitive io.hvkit.core;
    requires static transitive org.jspecify;
    requires static transitive org.junit.jupiter.api;

    opens io.hvkit.powerflex.simulator.internal.array to
            com.fasterxml.jackson.databind;

    exports io.hvkit.powerflex.simulator;
    exports io.hvkit.powerflex.simulator.control;
    exports io.hvkit.powerflex.simulator.junit;
}
