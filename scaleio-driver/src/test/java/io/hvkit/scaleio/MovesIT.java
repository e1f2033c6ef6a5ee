package io.hvkit.scaleio;

import io.hvkit.powerflex.simulator.control.GatewayVersion;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MovesIT {

    @Nested
    class OnThree extends MoveCases {
        OnThree() {
            super(GatewayVersion.V3_6);
        }
    }

    @Nested
    class OnFour extends MoveCases {
        OnFour() {
            super(GatewayVersion.V4_5);
        }
    }
}
