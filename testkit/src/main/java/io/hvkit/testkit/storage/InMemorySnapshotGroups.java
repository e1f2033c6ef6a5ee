package io.hvkit.testkit.storage;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.SnapshotGroups;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.storage.InMemoryVolume.Kept;
import io.hvkit.testkit.storage.InMemoryVolume.Moment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Points in time of several volumes in memory, which are one as all is done under one lock. */
record InMemorySnapshotGroups(InMemoryArray array, InMemorySnapshots snapshots) implements SnapshotGroups {

    @Override
    public Map<VolumeId, Snapshot> take(Set<VolumeId> volumes, String name) {
        array.requireName(name);
        return array.locked(() -> {
            List<InMemoryVolume> found = new ArrayList<>();
            volumes.forEach(volume -> found.add(array.require(snapshots.pool(), volume)));
            Map<VolumeId, Kept> present = new LinkedHashMap<>();
            found.forEach(volume -> kept(volume, name).ifPresent(kept -> present.put(volume.make.id(), kept)));
            if (!present.isEmpty()) {
                return ofOneMoment(present, volumes, name);
            }
            Moment moment = new Moment();
            Map<VolumeId, Snapshot> taken = new LinkedHashMap<>();
            found.forEach(volume -> taken.put(volume.make.id(), snapshots.keep(volume, name, moment)));
            return taken;
        });
    }

    private static Optional<Kept> kept(InMemoryVolume volume, String name) {
        return volume.snapshots.values().stream()
                .filter(kept -> kept.snapshot().name().equals(name))
                .findAny();
    }

    private static Map<VolumeId, Snapshot> ofOneMoment(
            Map<VolumeId, Kept> present, Set<VolumeId> volumes, String name) {
        long moments = present.values().stream().map(Kept::moment).distinct().count();
        if (moments > 1 || !present.keySet().equals(volumes)) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("snapshots %s of %s were not taken together", name, present.keySet());
        }
        Map<VolumeId, Snapshot> taken = new LinkedHashMap<>();
        present.forEach((volume, kept) -> taken.put(volume, kept.snapshot()));
        return taken;
    }

    @Override
    public Map<VolumeId, Volume> revert(Set<SnapshotId> ids) {
        return array.locked(() -> {
            Map<SnapshotId, InMemoryVolume> owners = new LinkedHashMap<>();
            ids.forEach(id -> owners.put(id, snapshots.requireIdleOwner(id)));
            if (owners.values().stream().distinct().count() < ids.size()) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("snapshots %s are not each of another volume", ids);
            }
            Map<VolumeId, Volume> reverted = new LinkedHashMap<>();
            owners.forEach((id, volume) -> reverted.put(volume.make.id(), snapshots.bringBack(volume, id)));
            return reverted;
        });
    }
}
