package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.ChaosMemory.Fate;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.key.KeyProvider;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

/** What a catalog says, beside what is really there; and what of both was looked at. */
final class ChaosSight {

    final ChaosWorld world;
    final String when;
    final List<VolumeRecord> volumes;
    final List<MachineRecord> machines;

    private final KeyVault vault;
    private final Set<RecordId<KeyRecord>> needed = new HashSet<>();
    private final Map<RecordId<PoolRecord>, Set<String>> expected = new HashMap<>();

    ChaosSight(ChaosWorld world, String when) throws InterruptedException {
        this.world = world;
        this.when = when;
        this.vault = new KeyVault(world.catalog, KeyProvider.file(world.keys), world::now);
        this.volumes = all(Transaction::volumes);
        this.machines = all(Transaction::machines);
    }

    <R extends CatalogRecord<R>> List<R> all(Function<Transaction, Table<R>> table) throws InterruptedException {
        return world.catalog.inTransaction(transaction -> {
            List<R> rows = new ArrayList<>();
            List<R> page = table.apply(transaction).page(Optional.empty(), Table.LONGEST_PAGE);
            while (!page.isEmpty()) {
                rows.addAll(page);
                page = table.apply(transaction)
                        .page(Optional.of(page.get(page.size() - 1).id()), Table.LONGEST_PAGE);
            }
            return rows;
        });
    }

    /** Names what is at fault, and tells what happened lately to what has one of the words in its name. Only a failure looks for that. */
    Supplier<String> story(String of, String... words) {
        return () -> of + ", " + when + world.log.about(List.of(words));
    }

    static String idOf(VolumeRecord.Place place) {
        return place.externalId().map(ExternalId::value).orElseThrow();
    }

    /** Returns what is at a place; from now on it is known that it belongs there. */
    ChaosArray.Thing thing(VolumeRecord.Place place, String of) {
        return known(place.pool(), world.array.find(pool(place), new VolumeId(idOf(place))), of, idOf(place) + " ");
    }

    private PoolId pool(VolumeRecord.Place place) {
        return world.place(place.pool()).poolId();
    }

    /** Returns what has a name in a pool; from now on it is known that it belongs there. */
    ChaosArray.Thing named(RecordId<PoolRecord> pool, String name, String of) {
        return known(pool, world.array.named(world.place(pool).poolId(), name), of, name);
    }

    private ChaosArray.Thing known(
            RecordId<PoolRecord> pool, Optional<ChaosArray.Thing> found, String of, String word) {
        assertThat(found)
                .as(story(of + " is in " + world.place(pool).name(), of, word))
                .isPresent();
        expected.computeIfAbsent(pool, absent -> new TreeSet<>())
                .add(found.orElseThrow().id.value());
        return found.orElseThrow();
    }

    /** Returns the ids of all that belongs into a pool. */
    Set<String> expectedIn(PoolRecord pool) {
        return expected.getOrDefault(pool.id(), Set.of());
    }

    /** Keeps in mind that a key is needed. */
    void need(RecordId<KeyRecord> key) {
        needed.add(key);
    }

    Set<RecordId<KeyRecord>> needed() {
        return needed;
    }

    /** What is there is opened by the key that the catalog leads to, and by no other. */
    void checkLock(ChaosArray.Thing thing, Optional<RecordId<KeyRecord>> key, String of) throws InterruptedException {
        if (key.isEmpty()) {
            assertThat(thing.locks).as(story(of + " is plain", of, thing.name)).isEmpty();
            assertThat(thing.lacksHeader())
                    .as(story(of + " is plain", of, thing.name))
                    .isFalse();
            return;
        }
        need(key.get());
        try (Secret secret = vault.open(key.get())) {
            assertThat(thing.locks.values())
                    .as(story("the key of " + of, of, thing.id + " ", thing.name))
                    .containsExactly(ChaosArray.print(secret));
        }
    }

    void checkContent(Fate fate, long content, String of) {
        String before = fate.toString();
        assertThat(fate.holds(content))
                .as(story(of + " holds " + content + " and " + before, of))
                .isTrue();
    }
}
