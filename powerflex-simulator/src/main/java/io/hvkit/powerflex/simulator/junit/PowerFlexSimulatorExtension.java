package io.hvkit.powerflex.simulator.junit;

import io.hvkit.powerflex.simulator.PowerFlexSimulator;
import io.hvkit.powerflex.simulator.SimulatorSettings;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A simulator of its own for each test: it starts before the test, closes after it, and is given to parameters of type {@link
 * PowerFlexSimulator}.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final PowerFlexSimulatorExtension POWERFLEX = PowerFlexSimulatorExtension.with(SimulatorSettings.usual());
 *
 * @Test
 * void a_volume_is_made(PowerFlexSimulator simulator) { … }
 * }</pre>
 *
 * <p>With {@code @ExtendWith} the settings are the usual ones. It can be shared by tests that run at once, if its settings name
 * neither a port nor a folder nor a clock that they would share. Needs JUnit 5.13, which closes what tests store.
 */
public final class PowerFlexSimulatorExtension implements BeforeEachCallback, ParameterResolver {

    private static final Namespace OURS = Namespace.create(PowerFlexSimulatorExtension.class);

    private final SimulatorSettings settings;

    /** Makes one with the usual settings. */
    public PowerFlexSimulatorExtension() {
        this(SimulatorSettings.usual());
    }

    private PowerFlexSimulatorExtension(SimulatorSettings settings) {
        this.settings = settings;
    }

    /** Returns one with those settings. */
    public static PowerFlexSimulatorExtension with(SimulatorSettings settings) {
        return new PowerFlexSimulatorExtension(settings);
    }

    /** Starts the simulator, unless a parameter of an earlier call wanted it already. */
    @Override
    public void beforeEach(ExtensionContext context) {
        simulator(context);
    }

    /** Returns whether a parameter is a simulator. */
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == PowerFlexSimulator.class;
    }

    /** Returns the simulator of the test at hand. */
    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return simulator(context);
    }

    private PowerFlexSimulator simulator(ExtensionContext context) {
        return context.getStore(OURS)
                .getOrComputeIfAbsent(this, key -> PowerFlexSimulator.start(settings), PowerFlexSimulator.class);
    }
}
