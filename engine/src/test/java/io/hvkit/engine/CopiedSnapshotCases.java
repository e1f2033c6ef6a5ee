package io.hvkit.engine;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.Replica;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests of copies of snapshots share: a volume whose snapshots are in two stores. */
abstract class CopiedSnapshotCases {

    SnapshotWorld world;
    VolumeRecord root;
    PoolRecord vault;
    Snapshot one;
    Snapshot two;

    @TempDir
    Path folder;

    @BeforeEach
    void make() throws InterruptedException {
        build();
    }

    /** A volume under a machine, with two snapshots, the second over the first; and another store. */
    final void build() throws InterruptedException {
        world = new SnapshotWorld(folder, SnapshotWorld.inMemory());
        root = world.create(world.plain().encrypted().ownedBy(Counted.OWNER));
        world.write(root, 0, (byte) 'a');
        world.start(root);
        one = world.take(root, "one");
        world.hosts.write(1, (byte) 'b');
        two = world.take(root, "two");
        world.hosts.write(0, (byte) 'z');
        vault = world.anotherStore();
    }

    final Snapshot copied(Snapshot snapshot) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            hvkit.snapshots().copy(snapshot.id(), vault.id()).await();
            return hvkit.snapshots().find(snapshot.id()).orElseThrow();
        }
    }

    static LayerId layerIn(Snapshot snapshot, PoolRecord store) {
        return snapshot.chained().replicaIn(store.poolId()).map(Replica::layer).orElseThrow();
    }

    final byte[] held(LayerId layer) throws InterruptedException {
        try (Catalog catalog = world.catalog()) {
            return world.read(catalog, List.of(layer));
        }
    }

    final byte[] restored(Snapshot snapshot, String name) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            RestoreRequest request = RestoreRequest.of(snapshot.id(), name, world.pool.id());
            return world.content(hvkit.snapshots().restore(request.encrypted()).await());
        }
    }
}
