package io.hvkit.engine;

import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.snapshot.Snapshot;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests of snapshots share: an encrypted volume that has been written to. */
abstract class SnapshotCases {

    @TempDir
    Path folder;

    SnapshotWorld world;
    VolumeRecord root;

    @BeforeEach
    void make() throws InterruptedException {
        world = new SnapshotWorld(folder, SnapshotWorld.inMemory());
        root = world.create(world.plain().encrypted());
        world.write(root, 0, (byte) 'a');
    }

    final String because(Snapshot snapshot) {
        return Optional.ofNullable(snapshot.reasons().get(world.store.poolId())).orElseThrow();
    }
}
