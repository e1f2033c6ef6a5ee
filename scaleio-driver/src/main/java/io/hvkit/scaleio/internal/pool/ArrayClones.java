package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.Clones;
import io.hvkit.storage.spi.Volume;
import java.util.List;
import java.util.Optional;

/** Volumes with the content of others: the array's snapshots, which stay when what they were taken of goes. */
record ArrayClones(ArrayCalls calls, ArrayVolumes volumes, ArraySnapshots snapshots) implements Clones {

    @Override
    public Volume create(CloneVolume request) throws InterruptedException {
        Names.check(request.name());
        String source = source(request.source());
        Optional<ArrayVolume> present = calls.named(request.name());
        if (present.isEmpty()) {
            calls.snapshot(source, List.of(request.name()));
            present = calls.named(request.name());
        }
        ArrayVolume clone = present.orElseThrow(() -> ArrayCalls.notSeen(request.name()));
        boolean equal = volumes.isVolume(clone)
                && clone.origin().ancestor().filter(source::equals).isPresent();
        if (!equal) {
            throw ArrayVolumes.taken(clone);
        }
        return clone.asVolume();
    }

    private String source(CloneVolume.Source source) throws InterruptedException {
        Optional<VolumeId> volume = source.match(of -> Optional.of(of.id()), of -> Optional.empty());
        if (volume.isPresent()) {
            return volumes.require(volume.get()).id();
        }
        SnapshotId snapshot = source.match(of -> Optional.<SnapshotId>empty(), of -> Optional.of(of.id()))
                .orElseThrow();
        return snapshots
                .look(snapshot)
                .orElseThrow(() -> ArraySnapshots.missing(snapshot))
                .id();
    }
}
