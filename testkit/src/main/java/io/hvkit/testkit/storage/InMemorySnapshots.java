package io.hvkit.testkit.storage;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CloneVolume.Source;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.Snapshots;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.storage.InMemoryVolume.Kept;
import io.hvkit.testkit.storage.InMemoryVolume.Moment;
import java.util.List;
import java.util.Optional;

/** Points in time in memory. */
record InMemorySnapshots(PoolId pool, InMemoryArray array) implements Snapshots {

    @Override
    public Snapshot take(VolumeId volume, String name) {
        array.requireName(name);
        return array.locked(() -> {
            InMemoryVolume of = array.require(pool, volume);
            return of.snapshots.values().stream()
                    .map(Kept::snapshot)
                    .filter(snapshot -> snapshot.name().equals(name))
                    .findAny()
                    .orElseGet(() -> keep(of, name, new Moment()));
        });
    }

    Snapshot keep(InMemoryVolume volume, String name, Moment moment) {
        SnapshotId id = new SnapshotId(array.nextId("snap"));
        Snapshot snapshot = new Snapshot(id, name, volume.make.id(), volume.size);
        volume.snapshots.put(id, new Kept(snapshot, volume.content, moment));
        return snapshot;
    }

    @Override
    public Optional<Snapshot> find(SnapshotId id) {
        return array.locked(() -> array.ownerOf(pool, id)
                .flatMap(volume -> Optional.ofNullable(volume.snapshots.get(id)))
                .map(Kept::snapshot));
    }

    @Override
    public List<Snapshot> list(VolumeId volume) {
        return array.locked(() -> array.find(pool, volume).stream()
                .flatMap(found -> found.snapshots.values().stream())
                .map(Kept::snapshot)
                .toList());
    }

    @Override
    public Volume revert(SnapshotId id) {
        return array.locked(() -> bringBack(requireIdleOwner(id), id));
    }

    /** Returns the volume of a snapshot, if nobody uses it. */
    InMemoryVolume requireIdleOwner(SnapshotId id) {
        InMemoryVolume volume = array.ownerOf(pool, id)
                .orElseThrow(() ->
                        DriverException.because(Failure.NOT_FOUND).message("pool %s has no snapshot %s", pool, id));
        if (!volume.uses.isEmpty()) {
            throw DriverException.because(Failure.IN_USE)
                    .message("volume %s is in use: %s; detach it", volume.make.id(), volume.uses);
        }
        return volume;
    }

    Volume bringBack(InMemoryVolume volume, SnapshotId id) {
        Optional.ofNullable(volume.snapshots.get(id)).ifPresent(kept -> {
            volume.content = kept.content();
            volume.size = kept.snapshot().size();
        });
        return volume.describe();
    }

    @Override
    public void delete(SnapshotId id) {
        array.locked(() -> {
            if (array.isReadByClones(new Source.OfSnapshot(id))) {
                throw DriverException.because(Failure.IN_USE)
                        .message("linked clones read snapshot %s; delete them first", id);
            }
            return array.ownerOf(pool, id).map(volume -> volume.snapshots.remove(id));
        });
    }
}
