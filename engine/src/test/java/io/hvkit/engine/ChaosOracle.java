package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Judges by what is really there, while nobody does anything, what a catalog and callers were told. */
final class ChaosOracle {

    private static final int SHOWN = 3;

    private final ChaosWorld world;
    private final String when;
    private final ChaosSight sight;

    private ChaosOracle(ChaosWorld world, String when) throws InterruptedException {
        this.world = world;
        this.when = when;
        this.sight = new ChaosSight(world, when);
    }

    /** Fails if something is lost, done twice, left behind or counted wrongly. */
    static void check(ChaosWorld world, String when) throws InterruptedException, IOException {
        new ChaosOracle(world, when).check();
    }

    private void check() throws InterruptedException, IOException {
        List<String> violations = world.log.violations();
        assertThat(violations.subList(0, Math.min(SHOWN, violations.size())))
                .as(when)
                .isEmpty();
        new ChaosDisks(sight).check();
        new ChaosImages(sight).check();
        world.places().forEach(this::checkOrphans);
        checkKeys();
        new ChaosCounters(sight).check();
        checkPromises();
        assertThat(sight.all(Transaction::readings)).as(when).isEmpty();
        try (Stream<Path> left = Files.list(world.staging)) {
            assertThat(left).as("staged images, %s", when).isEmpty();
        }
    }

    /** What a pool has is what the catalog knows. */
    private void checkOrphans(PoolRecord pool) {
        Map<String, String> there = new TreeMap<>();
        world.array.in(pool.poolId()).forEach(thing -> there.put(thing.id.value(), thing.name));
        there.keySet().removeAll(sight.expectedIn(pool));
        String[] words = there.entrySet().stream()
                .flatMap(orphan -> Stream.of(orphan.getKey() + " ", orphan.getValue()))
                .toArray(String[]::new);
        assertThat(there).as(sight.story("orphans in " + pool.name(), words)).isEmpty();
    }

    private void checkKeys() throws InterruptedException {
        Set<RecordId<KeyRecord>> unneeded = new HashSet<>();
        for (KeyRecord key : sight.all(Transaction::keys)) {
            if (key.state() == KeyRecord.State.ACTIVE) {
                unneeded.add(key.id());
            }
        }
        assertThat(unneeded).as("keys in use, %s", when).containsAll(sight.needed());
        unneeded.removeAll(sight.needed());
        String[] words = unneeded.stream().map(RecordId::value).toArray(String[]::new);
        assertThat(unneeded).as(sight.story("keys that nothing needs", words)).isEmpty();
    }

    /** What callers were told is so. */
    private void checkPromises() throws InterruptedException {
        check(ChaosMemory.Kind.VOLUME, sight.volumes.stream().map(VolumeRecord::name));
        check(ChaosMemory.Kind.MACHINE, sight.machines.stream().map(MachineRecord::name));
        check(
                ChaosMemory.Kind.TEMPLATE,
                sight.all(Transaction::templates).stream().map(TemplateRecord::name));
        check(
                ChaosMemory.Kind.SNAPSHOT,
                sight.all(Transaction::snapshots).stream().map(SnapshotRecord::name));
    }

    private void check(ChaosMemory.Kind kind, Stream<String> names) {
        List<String> all = names.toList();
        Set<String> there = new TreeSet<>(all);
        assertThat(all).as("names, %s", when).hasSameSizeAs(there);
        world.memory.all(kind).forEach((name, fate) -> {
            if (fate.mustBeThere()) {
                assertThat(there)
                        .as(sight.story(name + " was made", name + " "))
                        .contains(name);
            }
            if (fate.mustBeGone()) {
                assertThat(there)
                        .as(sight.story(name + " was deleted", name + " "))
                        .doesNotContain(name);
            }
        });
    }
}
