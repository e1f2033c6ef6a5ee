package io.hvkit.powerflex.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.hvkit.powerflex.simulator.junit.PowerFlexSimulatorExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

class ExtensionIT {

    private static final List<Path> FOLDERS = new ArrayList<>();

    @ExtendWith(PowerFlexSimulatorExtension.class)
    static class Usual {

        @Test
        void first(PowerFlexSimulator simulator) {
            FOLDERS.add(simulator.directory());
            Client.loggedIn(simulator, simulator.system()).create("one");
        }

        @Test
        void second(PowerFlexSimulator simulator) {
            first(simulator);
        }
    }

    static class Special {

        @RegisterExtension
        static final PowerFlexSimulatorExtension POWERFLEX =
                PowerFlexSimulatorExtension.with(SimulatorSettings.usual().system(SystemSettings.named("special")));

        @Test
        void it_is_the_one_that_was_asked_for(PowerFlexSimulator simulator) {
            FOLDERS.add(simulator.directory());
            assertThat(simulator.system().name()).isEqualTo("special");
        }
    }

    @Test
    void each_test_has_a_simulator_of_its_own_that_is_gone_afterwards() {
        LauncherFactory.create()
                .execute(LauncherDiscoveryRequestBuilder.request()
                        .selectors(selectClass(Usual.class), selectClass(Special.class))
                        .build());
        assertThat(FOLDERS).hasSize(3).doesNotHaveDuplicates().noneMatch(Files::exists);
    }
}
