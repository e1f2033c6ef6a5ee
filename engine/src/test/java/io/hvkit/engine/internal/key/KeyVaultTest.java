package io.hvkit.engine.internal.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KeyVaultTest {

    private static final Duration GRACE = Duration.ofDays(1);

    @TempDir
    private Path directory;

    private final InMemoryCatalog catalog = InMemoryCatalog.empty().rerunning();
    private Instant now = Instant.parse("2026-03-01T10:00:00Z");
    private Path file;
    private KeyVault vault;
    private RecordId<PoolRecord> pool;

    @BeforeEach
    void make() throws Exception {
        file = directory.resolve("kek");
        MasterKeyFile.create(file);
        vault = new KeyVault(catalog, KeyProvider.file(file), () -> now);
        pool = catalog.inTransaction(transaction -> {
            RecordId<ZoneRecord> zone =
                    transaction.zones().insert(ZoneRecord.named("z1")).id();
            PoolRecord.Reach reach =
                    new PoolRecord.Reach(zone, Optional.<RecordId<ClusterRecord>>empty(), Optional.empty());
            return transaction
                    .pools()
                    .insert(PoolRecord.named("p1", reach, "any", Facts.NONE, now))
                    .id();
        });
    }

    @AfterEach
    void close() {
        catalog.close();
    }

    @Test
    void a_key_is_kept_before_it_is_used_and_is_the_same_when_it_is_asked_for_again() throws Exception {
        RecordId<KeyRecord> id = RecordId.random();

        KeyRecord first = vault.create(id);
        KeyRecord again = vault.create(id);

        assertThat(again).isEqualTo(first);
        try (Secret one = vault.open(id);
                Secret other = vault.open(id)) {
            assertThat(one.matches(other)).isTrue();
            assertThat(one.strength()).isEqualTo(Secret.Strength.RANDOM);
        }
    }

    @Test
    void those_who_make_one_key_at_once_all_have_the_same() throws Exception {
        RecordId<KeyRecord> id = RecordId.random();
        int many = 8;
        CyclicBarrier together = new CyclicBarrier(many);
        Catalog slow = new Catalog() {
            private final Set<Thread> looked = ConcurrentHashMap.newKeySet();

            @Override
            public <T> T inTransaction(Work<T> work) throws InterruptedException {
                T result = catalog.inTransaction(work);
                if (looked.add(Thread.currentThread())) {
                    awaitOthers(together); // each has seen by now that there is none
                }
                return result;
            }

            @Override
            public void close() {}
        };
        KeyVault shared = new KeyVault(slow, KeyProvider.file(file), () -> now);
        ExecutorService threads = Executors.newFixedThreadPool(many);
        Set<KeyRecord> made = new HashSet<>();
        try {
            for (Future<KeyRecord> each :
                    threads.invokeAll(Collections.<Callable<KeyRecord>>nCopies(many, () -> shared.create(id)))) {
                made.add(each.get());
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(made).hasSize(1);
        List<KeyRecord> kept =
                catalog.inTransaction(transaction -> transaction.keys().page(Optional.empty(), 100));
        assertThat(kept).containsExactlyElementsOf(made);
    }

    private static void awaitOthers(CyclicBarrier together) throws InterruptedException {
        try {
            int unused = together.await();
        } catch (BrokenBarrierException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_key_that_the_provider_cannot_give_back_is_never_handed_out() throws Exception {
        RecordId<KeyRecord> id = RecordId.random();
        vault.create(id);
        Files.delete(file);
        MasterKeyFile.create(file);

        assertThat(failure(() -> vault.create(id))).isEqualTo(Failure.BAD_CREDENTIALS);
        assertThat(failure(() -> vault.open(id))).isEqualTo(Failure.BAD_CREDENTIALS);
    }

    @Test
    void a_wrapping_that_was_put_into_another_record_opens_nothing() throws Exception {
        KeyRecord one = vault.create(RecordId.random());
        KeyRecord other = vault.create(RecordId.random());
        catalog.inTransaction(
                transaction -> transaction.keys().update(other.rewrapped(one.masterKey(), one.wrapped())));

        assertThat(failure(() -> vault.open(other.id()))).isEqualTo(Failure.CORRUPT_DATA);
    }

    static Stream<Arguments> everything_that_may_need_a_key() {
        return Stream.of(
                Arguments.of("a volume", (Needing) (test, key) -> test.volume(Optional.of(key), Optional.empty())),
                Arguments.of("a second copy", (Needing) (test, key) -> test.volume(Optional.empty(), Optional.of(key))),
                Arguments.of("a snapshot", (Needing) (test, key) -> test.keep(
                        Transaction::snapshots,
                        new SnapshotRecord(RecordId.random(), 0, Optional.empty(), "s", Optional.of(key), test.now))),
                Arguments.of("a template", (Needing) (test, key) -> test.keep(
                        Transaction::templates,
                        new TemplateRecord(
                                RecordId.random(),
                                0,
                                "t",
                                new TemplateRecord.Content(ImageFormat.RAW, Optional.empty(), Optional.empty()),
                                Optional.empty(),
                                Optional.of(key),
                                test.now))),
                Arguments.of("a backup", (Needing) (test, key) -> test.keep(
                        Transaction::backups,
                        new BackupRecord(RecordId.random(), 0, Optional.empty(), "b", Optional.of(key), test.now))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("everything_that_may_need_a_key")
    void a_key_lives_as_long_as_anything_needs_it_and_a_while_longer(String what, Needing needing) throws Exception {
        RecordId<KeyRecord> key = vault.create(RecordId.random()).id();
        Removal removal = needing.need(this, key);

        release(key);
        now = now.plus(GRACE.multipliedBy(2));
        assertThat(vault.destroyRetired(GRACE)).as(what).isEmpty();
        vault.open(key).close();

        removal.remove();
        release(key);
        now = now.plus(GRACE);
        assertThat(vault.destroyRetired(GRACE)).as("not a moment too early").isEmpty();
        vault.open(key).close();
        now = now.plusMillis(1);
        assertThat(vault.destroyRetired(GRACE)).containsExactly(key);
        assertThat(vault.destroyRetired(GRACE)).isEmpty();
        assertThat(failure(() -> vault.open(key))).isEqualTo(Failure.NOT_FOUND);
    }

    @Test
    void a_retired_key_that_something_needs_again_is_not_destroyed() throws Exception {
        RecordId<KeyRecord> key = vault.create(RecordId.random()).id();
        release(key);

        catalog.inTransaction(transaction -> {
            vault.claim(transaction, key);
            return key;
        });
        now = now.plus(GRACE.multipliedBy(2));

        assertThat(vault.destroyRetired(GRACE)).isEmpty();
        vault.open(key).close();
    }

    @Test
    void a_key_that_was_retired_wrongly_is_not_destroyed_either() throws Exception {
        KeyRecord key = vault.create(RecordId.random());
        volume(Optional.of(key.id()), Optional.empty());
        catalog.inTransaction(transaction -> transaction.keys().update(key.retired(now)));
        now = now.plus(GRACE.multipliedBy(2));

        assertThat(vault.destroyRetired(GRACE)).isEmpty();
        vault.open(key.id()).close();
    }

    @Test
    void a_destroyed_key_cannot_be_needed_again() throws Exception {
        RecordId<KeyRecord> key = vault.create(RecordId.random()).id();
        release(key);
        now = now.plus(GRACE.multipliedBy(2));
        assertThat(vault.destroyRetired(GRACE)).containsExactly(key);

        assertThat(failure(() -> catalog.inTransaction(transaction -> {
                    vault.claim(transaction, key);
                    return key;
                })))
                .isEqualTo(Failure.NOT_FOUND);
    }

    @Test
    void after_a_new_master_key_every_key_is_wrapped_anew_and_opens_as_before() throws Exception {
        List<RecordId<KeyRecord>> keys = new ArrayList<>();
        List<Secret> before = new ArrayList<>();
        for (int i = 0; i < 230; i++) {
            keys.add(vault.create(RecordId.random()).id());
            before.add(vault.open(keys.get(i)));
        }
        MasterKeyFile.addKey(file);
        String newest = KeyProvider.file(file).currentMasterKey();

        assertThat(vault.rewrap()).isEqualTo(230);
        assertThat(vault.rewrap()).isZero();

        for (int i = 0; i < keys.size(); i++) {
            RecordId<KeyRecord> id = keys.get(i);
            KeyRecord kept =
                    catalog.inTransaction(transaction -> transaction.keys().require(id));
            assertThat(kept.masterKey()).isEqualTo(newest);
            try (Secret again = vault.open(id);
                    Secret old = before.get(i)) {
                assertThat(again.matches(old)).isTrue();
            }
        }
    }

    /** Something that refers to a key. */
    interface Needing {
        Removal need(KeyVaultTest test, RecordId<KeyRecord> key) throws InterruptedException;
    }

    /** Takes it away again. */
    interface Removal {
        void remove() throws InterruptedException;
    }

    private Removal volume(Optional<RecordId<KeyRecord>> key, Optional<RecordId<KeyRecord>> second)
            throws InterruptedException {
        return keep(
                Transaction::volumes,
                new VolumeRecord(
                        RecordId.random(),
                        0,
                        "v",
                        VolumeRecord.State.READY,
                        place(),
                        ByteSize.gibibytes(1),
                        key,
                        second.map(next ->
                                new VolumeRecord.Second(VolumeRecord.Second.Role.INCOMING, place(), Optional.of(next))),
                        now));
    }

    private VolumeRecord.Place place() {
        return VolumeRecord.Place.first(pool, ImageFormat.LUKS);
    }

    private <R extends CatalogRecord<R>> Removal keep(Function<Transaction, Table<R>> table, R record)
            throws InterruptedException {
        R kept = catalog.inTransaction(transaction -> table.apply(transaction).insert(record));
        return () -> catalog.inTransaction(transaction -> {
            table.apply(transaction).delete(kept);
            return kept;
        });
    }

    private void release(RecordId<KeyRecord> key) throws InterruptedException {
        catalog.inTransaction(transaction -> {
            vault.release(transaction, key);
            return key;
        });
    }

    private interface Failing {
        Object run() throws InterruptedException;
    }

    private static Failure failure(Failing call) {
        return catchThrowableOfType(DriverException.class, call::run).failure();
    }
}
