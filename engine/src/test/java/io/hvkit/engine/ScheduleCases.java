package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.snapshot.ScheduleRun;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.snapshot.SnapshotPolicy;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.storage.spi.chain.Rhythm;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests of schedules share: a volume with a policy, and runs of what is due. */
abstract class ScheduleCases {

    static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    static final Rhythm AT_TWO = Rhythm.daily(LocalTime.of(2, 0));

    @TempDir
    Path folder;

    SnapshotWorld world;
    VolumeRecord root;

    @BeforeEach
    void make() throws InterruptedException {
        build(SnapshotWorld.inMemory());
    }

    /** An encrypted volume at rest, at midnight of the first of January 2026. */
    final void build(SnapshotWorld.Catalogs catalogs) throws InterruptedException {
        world = new SnapshotWorld(folder, catalogs);
        root = world.create(world.plain().encrypted().ownedBy(Counted.OWNER));
        world.write(root, 0, (byte) 'a');
    }

    final SnapshotPolicy policy() {
        return SnapshotPolicy.of(root.id(), world.store.id());
    }

    final void set(SnapshotPolicy policy) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            hvkit.schedules().set(policy);
        }
    }

    final ScheduleRun runAt(String moment) throws InterruptedException {
        world.sleepUntil(Instant.parse(moment));
        return run();
    }

    final ScheduleRun run() throws InterruptedException {
        List<ScheduleRun> runs = runs();
        assertThat(runs).hasSize(1);
        return runs.get(0);
    }

    final List<ScheduleRun> runs() throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            return hvkit.schedules().runDue();
        } finally {
            for (Snapshot each : world.list(root)) {
                if (!world.expected.containsKey(each.name())) {
                    world.expect(root, each.name());
                }
            }
        }
    }

    final List<String> names() throws InterruptedException {
        return world.list(root).stream()
                .filter(each -> each.state() == State.BACKED_UP)
                .map(Snapshot::name)
                .toList();
    }

    /** Returns the moments of what was taken by itself and is there. */
    final List<String> moments() throws InterruptedException {
        return names().stream()
                .filter(name -> name.startsWith("scheduled-"))
                .map(name -> name.substring(10, 24))
                .toList();
    }

    /** Returns how many scheduled snapshots are being taken. */
    final long scheduled() {
        try (Catalog catalog = world.catalog()) {
            return catalog.inTransaction(transaction -> transaction.journal().open()).stream()
                    .filter(operation -> operation.kind().equals("snapshot.scheduled"))
                    .count();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
