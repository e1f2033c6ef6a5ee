package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.ImageFormat;
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
        Source source = source(request.source());
        volumes.requireNoTwin(request.name(), source.format);
        String name = Names.spelled(request.name(), source.format);
        Optional<ArrayVolume> present = calls.named(name);
        if (present.isEmpty()) {
            calls.snapshot(source.id, List.of(name));
            present = calls.named(name);
        }
        ArrayVolume clone = present.orElseThrow(() -> ArrayCalls.notSeen(request.name()));
        boolean equal = volumes.isVolume(clone)
                && clone.origin().ancestor().filter(source.id::equals).isPresent();
        if (!equal) {
            throw ArrayVolumes.taken(clone);
        }
        return clone.asVolume();
    }

    /** What is cloned, and how its bytes are laid out. */
    private record Source(String id, ImageFormat format) {}

    private Source source(CloneVolume.Source source) throws InterruptedException {
        Optional<VolumeId> volume = source.match(of -> Optional.of(of.id()), of -> Optional.empty());
        if (volume.isPresent()) {
            ArrayVolume found = volumes.require(volume.get());
            return new Source(found.id(), found.format());
        }
        SnapshotId snapshot = source.match(of -> Optional.<SnapshotId>empty(), of -> Optional.of(of.id()))
                .orElseThrow();
        ArrayVolume found = snapshots.look(snapshot).orElseThrow(() -> ArraySnapshots.missing(snapshot));
        return new Source(found.id(), ArraySnapshots.formatOf(found));
    }
}
