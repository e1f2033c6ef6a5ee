package io.hvkit.hypervisor.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DisabledPlugin;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.Provider;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.Support;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Drivers given by hand; what is found in jars is another class's. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HypervisorDriversTest {

    private static final HypervisorType ONE = HypervisorType.named("one", "One");
    private static final HypervisorType TWO = HypervisorType.named("two", "Two");
    private static final HostId HOST = new HostId("h");
    private static final String SMALL = Provider.of(SmallDriver.class).toString();

    @Test
    void each_driver_opens_its_own_types() throws InterruptedException {
        HypervisorDrivers drivers = HypervisorDrivers.of(List.of(new SmallDriver(ONE), new SmallDriver(TWO)));

        assertThat(drivers.types().list()).containsExactly(HypervisorType.CUSTOM, ONE, TWO);
        assertThat(drivers.requireAll().disabled()).isEmpty();
        try (Hypervisor opened = open(drivers, TWO)) {
            assertThat(opened.host()).isEqualTo(HOST);
        }
        fails(Failure.INVALID_REQUEST, () -> drivers.forType(ONE).open(HOST, TWO, none()));
    }

    static Stream<Arguments> brokenDrivers() {
        return Stream.of(
                Arguments.of(broke("types: java.lang.IllegalStateException: no licence"), new SmallDriver() {
                    @Override
                    public Set<HypervisorType> types() {
                        throw new IllegalStateException("no licence");
                    }
                }),
                Arguments.of(broke("types: java.lang.NoClassDefFoundError: com/acme/Gone"), new SmallDriver() {
                    @Override
                    public Set<HypervisorType> types() {
                        throw new NoClassDefFoundError("com/acme/Gone");
                    }
                }),
                Arguments.of("types returned null", new SmallDriver() {
                    @Override
                    public Set<HypervisorType> types() {
                        return nothing();
                    }
                }),
                Arguments.of(broke("types: java.lang.NullPointerException"), new SmallDriver() {
                    @Override
                    public Set<HypervisorType> types() {
                        return new HashSet<>(Arrays.asList(TWO, nothing()));
                    }
                }),
                Arguments.of("it brings no hypervisor type", new SmallDriver()),
                Arguments.of("builtAgainst returned null", new SmallDriver(TWO) {
                    @Override
                    public SpiVersion builtAgainst() {
                        return nothing();
                    }
                }),
                Arguments.of(
                        "built against SPI 0.9, it runs on hosts with SPI 0.9 or newer below 1.0; this host has SPI 0.1 and"
                                + " runs plug-ins built against 0.0 to 0.1; update HVKit, or take an older build of it",
                        builtAgainst(0, 9)),
                Arguments.of(
                        "built against SPI 1.0, it runs on hosts with SPI 1.0 or newer below 2.0", builtAgainst(1, 0)),
                Arguments.of("options returned null", new SmallDriver(TWO) {
                    @Override
                    public Set<Option<?>> options() {
                        return nothing();
                    }
                }),
                Arguments.of("it has two options with the name uri", new SmallDriver(TWO) {
                    @Override
                    public Set<Option<?>> options() {
                        return Set.of(Option.text("uri"), Option.uri("uri"));
                    }
                }),
                Arguments.of(
                        "claim hypervisor name one: id of one, display name of two",
                        new SmallDriver(TWO.shownAs("ONE"))),
                Arguments.of(
                        "claim hypervisor name two: id of two, alias of three",
                        new SmallDriver(TWO, HypervisorType.named("three", "3").alsoKnownAs("two"))));
    }

    private static String broke(String what) {
        return "broke its contract in " + what;
    }

    @ParameterizedTest
    @MethodSource("brokenDrivers")
    void a_driver_that_breaks_a_rule_disables_itself_alone_and_says_why(String reason, SmallDriver broken)
            throws InterruptedException {
        HypervisorDrivers drivers = HypervisorDrivers.of(List.of(new SmallDriver(ONE), broken));

        assertThat(drivers.disabled()).singleElement().satisfies(disabled -> {
            assertThat(disabled.plugin())
                    .isEqualTo(Provider.of(broken.getClass()).toString());
            assertThat(sameWords(disabled.reason())).contains(reason);
        });
        assertThat(drivers.types().list()).containsExactly(HypervisorType.CUSTOM, ONE);
        open(drivers, ONE).close();
        fails(Failure.HOST_NOT_READY, drivers::requireAll);
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> drivers.forType(TWO))
                .withMessageContaining("no driver opens two hypervisors; there are drivers for [one]; disabled are [")
                .withMessageContaining(broken.getClass().getName());
    }

    /** A set of two types is looked at in any order. */
    private static String sameWords(String reason) {
        return reason.replace("alias of three, id of two", "id of two, alias of three");
    }

    @Test
    void the_reason_is_what_a_stored_type_of_a_disabled_driver_is_refused_with() {
        HypervisorDrivers drivers =
                HypervisorDrivers.of(List.of(new SmallDriver(ONE), new SmallDriver(TWO, ONE.shownAs("1"))));

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> drivers.types().resolve("two").orThrow())
                .withMessage("hypervisor type two cannot be used: plug-in " + SMALL + " is disabled: both " + SMALL
                        + " and " + SMALL + " claim hypervisor name one: id of one, id of one")
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.UNSUPPORTED));
        assertThat(drivers.types().resolve("one").orThrow()).isEqualTo(ONE);
        assertThat(drivers.types().require("one").displayName()).isEqualTo("One");
    }

    @Test
    void a_cause_is_kept_for_the_log() {
        HypervisorDrivers drivers = HypervisorDrivers.of(List.of(new SmallDriver() {
            @Override
            public Set<HypervisorType> types() {
                throw new IllegalStateException("no licence");
            }
        }));

        assertThat(drivers.disabled())
                .extracting(DisabledPlugin::cause)
                .allSatisfy(cause -> assertThat(cause).containsInstanceOf(IllegalStateException.class));
    }

    @Test
    void custom_has_a_name_before_it_has_a_driver_and_keeps_it() throws InterruptedException {
        HypervisorDrivers drivers = HypervisorDrivers.of(List.of());
        HypervisorSettings.load(drivers.types(), Map.of(HypervisorSettings.CUSTOM_DISPLAY_NAME, "Our Cloud"));
        fails(Failure.UNSUPPORTED, () -> drivers.forType(HypervisorType.CUSTOM));

        drivers.add(new SmallDriver(HypervisorType.CUSTOM.offering(HypervisorFeature.GRACEFUL_STOP, Support.NATIVE)));

        assertThat(drivers.requireAll().types().require("our cloud").features().offered())
                .containsExactly(
                        HypervisorFeature.GRACEFUL_STOP,
                        HypervisorFeature.LOCAL_STORAGE,
                        HypervisorFeature.DIRECT_DOWNLOAD);
        open(drivers, HypervisorType.CUSTOM).close();
        drivers.add(new SmallDriver(HypervisorType.CUSTOM));
        assertThat(drivers.disabled()).hasSize(1);
    }

    @Test
    void options_that_were_read_for_another_driver_are_refused() {
        Option<String> mine = Option.text("path");
        HypervisorDrivers drivers = HypervisorDrivers.of(List.of(new SmallDriver(ONE) {
            @Override
            public Set<Option<?>> options() {
                return Set.of(mine);
            }
        }));
        Options foreign = Options.parse(List.of(Option.text("path")), Map.of("path", "/p"));

        fails(Failure.INVALID_REQUEST, () -> drivers.forType(ONE).open(HOST, ONE, foreign));
        assertThat(drivers.forType(ONE).options()).containsExactly(mine);
        assertThat(drivers.forType(ONE).builtAgainst()).isEqualTo(SpiVersion.ofHost());
        assertThat(drivers.forType(ONE).types()).containsExactly(ONE);
    }

    private static SmallDriver builtAgainst(int major, int minor) {
        return new SmallDriver(TWO) {
            @Override
            public SpiVersion builtAgainst() {
                return new SpiVersion(major, minor);
            }

            @Override
            public Set<HypervisorType> types() {
                throw new AssertionError("a driver for another SPI is asked for nothing but its version");
            }
        };
    }

    private static Hypervisor open(HypervisorDrivers drivers, HypervisorType type) throws InterruptedException {
        return drivers.forType(type).open(HOST, type, none());
    }

    private static Options none() {
        return Options.parse(Set.of(), Map.of());
    }

    private static void fails(Failure failure, ThrowingCallable call) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure));
    }
}
