package io.hvkit.storage.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PluginDirectory;
import io.hvkit.core.PoolId;
import io.hvkit.core.Provider;
import io.hvkit.core.SpiVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StorageDriversTest {

    private static final StoragePoolType ONE = StoragePoolType.named("one", "One");
    private static final StoragePoolType TWO = StoragePoolType.named("two", "Two");
    private static final PoolId POOL = new PoolId("p");
    private static final String SMALL = Provider.of(SmallPoolDriver.class).toString();

    @TempDir
    private Path scratch;

    @Test
    void each_driver_opens_its_own_types() throws InterruptedException {
        StorageDrivers drivers = StorageDrivers.of(List.of(new SmallPoolDriver(ONE), new SmallPoolDriver(TWO)));

        assertThat(drivers.types().list()).containsExactly(ONE, TWO);
        assertThat(drivers.requireAll().disabled()).isEmpty();
        try (StoragePool opened = open(drivers, TWO)) {
            assertThat(opened.type()).isEqualTo(TWO);
            assertThat(opened.id()).isEqualTo(POOL);
        }
        fails(Failure.INVALID_REQUEST, () -> drivers.forType(ONE).open(POOL, TWO, none()));
    }

    @Test
    void two_drivers_of_one_type_are_told_by_name_and_the_first_goes_on() throws InterruptedException {
        StorageDrivers drivers = StorageDrivers.of(
                List.of(new SmallPoolDriver(ONE), new SmallPoolDriver(TWO, ONE.having(PoolTrait.SHARED))));

        assertThat(drivers.disabled())
                .singleElement()
                .satisfies(disabled -> assertThat(disabled.reason())
                        .isEqualTo("both " + SMALL + " and " + SMALL + " claim pool name one: id of one, id of one"));
        open(drivers, ONE).close();
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> drivers.types().resolve("two").orThrow())
                .withMessage("pool type two cannot be used: plug-in " + SMALL + " is disabled: both " + SMALL + " and "
                        + SMALL + " claim pool name one: id of one, id of one");
    }

    static Stream<Arguments> brokenDrivers() {
        return Stream.of(
                Arguments.of(
                        "broke its contract in types: java.lang.IllegalStateException: no licence",
                        new SmallPoolDriver() {
                            @Override
                            public Set<StoragePoolType> types() {
                                throw new IllegalStateException("no licence");
                            }
                        }),
                Arguments.of("types returned null", new SmallPoolDriver() {
                    @Override
                    public Set<StoragePoolType> types() {
                        return nothing();
                    }
                }),
                Arguments.of("it brings no pool type", new SmallPoolDriver()),
                Arguments.of("it has two options with the name uri", new SmallPoolDriver(TWO) {
                    @Override
                    public Set<Option<?>> options() {
                        return Set.of(Option.text("uri"), Option.uri("uri"));
                    }
                }),
                Arguments.of("built against SPI 9.9, it runs on hosts with SPI 9.9 or newer", new SmallPoolDriver(TWO) {
                    @Override
                    public SpiVersion builtAgainst() {
                        return new SpiVersion(9, 9);
                    }

                    @Override
                    public Set<StoragePoolType> types() {
                        throw new AssertionError("a driver for another SPI is asked for nothing but its version");
                    }
                }),
                Arguments.of(
                        "claim pool name nfs: id of nfs, display name of two",
                        new SmallPoolDriver(TWO.shownAs("NFS"))));
    }

    @ParameterizedTest
    @MethodSource("brokenDrivers")
    void a_driver_that_breaks_a_rule_disables_itself_alone_and_says_why(String reason, SmallPoolDriver broken)
            throws InterruptedException {
        StorageDrivers drivers = StorageDrivers.of(List.of(new SmallPoolDriver(ONE), broken));

        assertThat(drivers.disabled()).singleElement().satisfies(disabled -> {
            assertThat(disabled.plugin())
                    .isEqualTo(Provider.of(broken.getClass()).toString());
            assertThat(disabled.reason()).contains(reason);
        });
        assertThat(drivers.types().list()).containsExactly(ONE);
        open(drivers, ONE).close();
        fails(Failure.HOST_NOT_READY, drivers::requireAll);
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> drivers.forType(TWO))
                .withMessageContaining("no driver opens two pools; there are drivers for [one]; disabled are [");
    }

    @Test
    void options_that_were_read_for_another_driver_are_refused() {
        Option<String> mine = Option.text("path");
        StorageDrivers drivers = StorageDrivers.of(List.of(new SmallPoolDriver(ONE) {
            @Override
            public Set<Option<?>> options() {
                return Set.of(mine);
            }
        }));
        Options foreign = Options.parse(List.of(Option.text("path")), Map.of("path", "/p"));

        fails(Failure.INVALID_REQUEST, () -> drivers.forType(ONE).open(POOL, ONE, foreign));
        assertThat(drivers.forType(ONE).options()).containsExactly(mine);
    }

    static Stream<Arguments> contradictoryPools() {
        return Stream.of(
                Arguments.of("opened other of type one", new SmallPool(new PoolId("other"), ONE)),
                Arguments.of("opened p of type two", new SmallPool(POOL, TWO)),
                Arguments.of("has no format", new SmallPool(POOL, ONE) {
                    @Override
                    public Set<ImageFormat> formats() {
                        return Set.of();
                    }
                }),
                Arguments.of(
                        "encrypts [QCOW2: [LUKS1], LUKS: [LUKS1]] and keeps volumes only as [RAW]",
                        new SmallPool(POOL, ONE) {
                            @Override
                            public EncryptionSupport encryption() {
                                return EncryptionSupport.hypervisorLuks();
                            }
                        }),
                Arguments.of("in formats: java.lang.NullPointerException", new SmallPool(POOL, ONE) {
                    @Override
                    public Set<ImageFormat> formats() {
                        return SmallPoolDriver.nothing();
                    }
                }));
    }

    @ParameterizedTest
    @MethodSource("contradictoryPools")
    void a_pool_that_contradicts_itself_or_the_question_is_closed_again(String reason, SmallPool pool) {
        StorageDrivers drivers = StorageDrivers.of(List.of(new SmallPoolDriver(ONE) {
            @Override
            public StoragePool open(PoolId id, StoragePoolType type, Options options) {
                return pool;
            }
        }));

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> open(drivers, ONE))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.DEFECT))
                .withMessageContaining(reason);
        assertThat(pool.closes).isEqualTo(1);
    }

    @Test
    void drivers_are_found_by_their_services_once_and_broken_entries_cost_nothing_else() throws IOException {
        StorageDrivers drivers =
                StorageDrivers.discoveredBy(new ServicesLoader(List.of(Found.class.getName(), "com.acme.Gone")));

        assertThat(drivers.types().list()).containsExactly(ONE);
        assertThat(drivers.disabled()).isNotEmpty();
        assertThat(drivers.addDiscovered(new ServicesLoader(List.of(Found.class.getName())))
                        .types()
                        .provider(ONE)
                        .className())
                .isEqualTo(Found.class.getName());
    }

    @Test
    void a_plug_in_directory_tells_what_could_not_be_read() throws IOException {
        Files.write(Files.createDirectory(scratch.resolve("cut")).resolve("cut.jar"), new byte[] {'P', 'K'});

        try (PluginDirectory directory =
                PluginDirectory.open(scratch, getClass().getClassLoader())) {
            StorageDrivers drivers = StorageDrivers.discoveredIn(directory);

            assertThat(drivers.types().list()).isEmpty();
            assertThat(drivers.disabled())
                    .singleElement()
                    .satisfies(disabled -> assertThat(disabled.reason()).contains("jar cut.jar cannot be read"));
        }
    }

    /** Made by the service loader. */
    public static final class Found extends SmallPoolDriver {

        /** Does nothing. */
        public Found() {
            super(ONE);
        }
    }

    private static StoragePool open(StorageDrivers drivers, StoragePoolType type) throws InterruptedException {
        return drivers.forType(type).open(POOL, type, none());
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
