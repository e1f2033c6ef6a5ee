package io.hvkit.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.CredentialRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.SecretSource;
import io.hvkit.core.SpiVersion;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pools that are opened with a password. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class InventorySecretsTest {

    @TempDir
    private Path directory;

    private final InMemoryCatalog catalog = InMemoryCatalog.empty();
    private final Guarded storage = new Guarded();
    private final Secret right = Secret.copyOf("open sesame".getBytes(UTF_8));
    private final Secret wrong = Secret.copyOf("open barley".getBytes(UTF_8));
    private Path keys;
    private HvKit hvkit;
    private PoolRecord.Reach everywhere;

    /** Storage that lets in whoever has the password. */
    private static final class Guarded implements StorageDriver {
        private static final Option<SecretSource> OPTION = Option.secret("password");
        private static final Option<String> USER = Option.text("user").withDefault("admin");

        private final InMemoryStorageDriver memory = new InMemoryStorageDriver();
        private String expected = "open sesame";

        @Override
        public Set<StoragePoolType> types() {
            return memory.types();
        }

        @Override
        public SpiVersion builtAgainst() {
            return memory.builtAgainst();
        }

        @Override
        public Set<Option<?>> options() {
            return Set.of(OPTION, USER);
        }

        @Override
        public StoragePool open(PoolId id, StoragePoolType type, Options options) throws InterruptedException {
            try (Secret given = options.get(OPTION).open();
                    Secret asked = Secret.copyOf(expected.getBytes(UTF_8))) {
                if (!given.matches(asked)) {
                    throw DriverException.because(Failure.BAD_CREDENTIALS).message("the password is wrong");
                }
            }
            return memory.open(id, type, Options.parse(List.of(), Map.of()));
        }
    }

    @BeforeEach
    void open() throws Exception {
        keys = directory.resolve("kek");
        MasterKeyFile.create(keys);
        hvkit = engine();
        RecordId<ZoneRecord> zone = hvkit.inventory().addZone("z1").id();
        everywhere = new PoolRecord.Reach(zone, Optional.empty(), Optional.empty());
    }

    private HvKit engine() {
        return HvKit.open(HvKitConfig.on(catalog.another())
                .keysFrom(KeyProvider.file(keys))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new InMemoryHypervisorDriver())),
                        StorageDrivers.of(List.of(storage))));
    }

    @AfterEach
    void close() {
        hvkit.close();
        right.close();
        wrong.close();
    }

    private PoolRequest request(Secret password) {
        return PoolRequest.named("p1", InMemoryStorageDriver.TYPE).withSecret(Guarded.OPTION, password);
    }

    private List<KeyRecord> keysIn(KeyRecord.State state) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.keys().where(KeyRecord.STATE, state));
    }

    private static DriverException refused(Failure failure, ThrowingCallable call) {
        DriverException e = catchThrowableOfType(DriverException.class, call);
        assertThat(e.failure()).isEqualTo(failure);
        assertThat(e).hasMessageNotContaining("open sesame").hasMessageNotContaining("open barley");
        return e;
    }

    @Test
    void a_pool_is_opened_by_another_engine_with_the_password_it_was_added_with() throws Exception {
        PoolRecord pool = hvkit.inventory().addPool(everywhere, request(right));
        right.close();

        try (HvKit other = engine()) {
            assertThat(other.inventory().lookAtPool(pool.id()).seen().state()).isEqualTo(Sighting.State.UP);
        }

        assertThat(pool.options().texts()).isEmpty();
        List<KeyRecord> kept = keysIn(KeyRecord.State.ACTIVE);
        assertThat(kept).hasSize(1);
        assertThat(new String(kept.get(0).wrapped().bytes(), UTF_8)).doesNotContain("sesame");
    }

    @Test
    void with_a_wrong_password_nothing_is_added_and_nothing_is_left() throws Exception {
        refused(Failure.BAD_CREDENTIALS, () -> hvkit.inventory().addPool(everywhere, request(wrong)));
        refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.inventory().addPool(everywhere, PoolRequest.named("p1", InMemoryStorageDriver.TYPE)));

        assertThat(hvkit.inventory().pools()).isEmpty();
        assertThat(keysIn(KeyRecord.State.ACTIVE)).isEmpty();
        assertThat(keysIn(KeyRecord.State.RETIRED)).isEmpty();
    }

    @Test
    void a_password_that_is_given_as_text_is_refused_and_so_is_text_that_is_given_as_a_secret() {
        refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.inventory()
                        .addPool(
                                everywhere,
                                PoolRequest.named("p1", InMemoryStorageDriver.TYPE)
                                        .with(Guarded.OPTION, "open sesame")));
        refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.inventory().addPool(everywhere, request(right).withSecret(Option.secret("user"), right)));
    }

    @Test
    void equal_requests_are_one_whatever_password_they_bring() throws Exception {
        PoolRecord pool = hvkit.inventory().addPool(everywhere, request(right));

        assertThat(hvkit.inventory().addPool(everywhere, request(wrong))).isEqualTo(pool);
        assertThat(request(wrong)).isEqualTo(request(right)).hasSameHashCodeAs(request(right));
        assertThat(request(right)).asString().doesNotContain("sesame");
        assertThat(keysIn(KeyRecord.State.ACTIVE)).hasSize(1);
    }

    @Test
    void a_password_is_changed_once_the_pool_has_answered_to_the_new_one() throws Exception {
        PoolRecord pool = hvkit.inventory().addPool(everywhere, request(right));
        refused(Failure.BAD_CREDENTIALS, () -> hvkit.inventory().changeSecret(pool.id(), Guarded.OPTION, wrong));
        assertThat(keysIn(KeyRecord.State.ACTIVE)).hasSize(1);
        storage.expected = "open barley";

        hvkit.inventory().changeSecret(pool.id(), Guarded.OPTION, wrong);

        try (HvKit other = engine()) {
            assertThat(other.inventory().lookAtPool(pool.id()).seen().state()).isEqualTo(Sighting.State.UP);
        }
        assertThat(keysIn(KeyRecord.State.ACTIVE)).hasSize(1);
        assertThat(keysIn(KeyRecord.State.RETIRED)).hasSize(1);
    }

    @Test
    void a_new_master_key_wraps_passwords_too_and_what_no_pool_needs_is_destroyed() throws Exception {
        PoolRecord pool = hvkit.inventory().addPool(everywhere, request(right));
        MasterKeyFile.addKey(keys);

        assertThat(hvkit.keys().rewrap()).isEqualTo(1);
        try (HvKit other = engine()) {
            other.inventory().lookAtPool(pool.id());
            other.inventory().removePool(pool.id());
        }

        assertThat(keysIn(KeyRecord.State.ACTIVE)).isEmpty();
        assertThat(keysIn(KeyRecord.State.RETIRED)).hasSize(1);
        assertThat(catalog.<List<CredentialRecord>>inTransaction(
                        transaction -> transaction.credentials().page(Optional.empty(), 10)))
                .isEmpty();
    }
}
