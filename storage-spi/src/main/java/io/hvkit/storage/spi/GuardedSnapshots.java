package io.hvkit.storage.spi;

import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.PluginBoundary;
import java.util.List;
import java.util.Optional;

/** Snapshots by a plug-in. */
record GuardedSnapshots(Snapshots snapshots, PluginBoundary boundary, FeatureCheck check) implements Snapshots {

    @Override
    public Snapshot take(VolumeId volume, String name) throws InterruptedException {
        return boundary.call("snapshots.take", () -> snapshots.take(volume, name));
    }

    @Override
    public Optional<Snapshot> find(SnapshotId id) throws InterruptedException {
        return boundary.call("snapshots.find", () -> snapshots.find(id));
    }

    @Override
    public List<Snapshot> list(VolumeId volume) throws InterruptedException {
        return boundary.call("snapshots.list", () -> snapshots.list(volume));
    }

    @Override
    public Volume revert(SnapshotId id) throws InterruptedException {
        check.require(PoolFeature.REVERT, "making a volume what it was in snapshot " + id);
        return boundary.call("snapshots.revert", () -> snapshots.revert(id));
    }

    @Override
    public void delete(SnapshotId id) throws InterruptedException {
        boundary.act("snapshots.delete", () -> snapshots.delete(id));
    }
}
