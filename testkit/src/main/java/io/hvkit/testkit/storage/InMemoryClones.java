package io.hvkit.testkit.storage;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.Clones;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.storage.InMemoryVolume.Kept;
import io.hvkit.testkit.storage.InMemoryVolume.Make;
import io.hvkit.testkit.storage.InMemoryVolume.Origin;
import java.util.Optional;

/** Clones in memory. */
record InMemoryClones(PoolId pool, InMemoryArray array) implements Clones {

    private record Original(InMemoryVolume volume, ByteSize size, byte content) {}

    @Override
    public Volume create(CloneVolume request) {
        array.requireName(request.name());
        return array.locked(() -> {
            Optional<InMemoryVolume> present = array.named(pool, request.name());
            if (present.isPresent()) {
                return confirmed(request, present.get());
            }
            Original original = request.source().match(volume -> now(volume.id()), snapshot -> then(snapshot.id()));
            array.requireRoom(pool, original.size);
            Make like = original.volume.make;
            InMemoryVolume clone = new InMemoryVolume(
                    new Make(
                            new VolumeId(array.nextId("vol")),
                            request.name(),
                            like.format(),
                            like.encryption(),
                            like.lock(),
                            Optional.of(origin(request))),
                    pool,
                    original.size);
            clone.content = original.content;
            clone.locks.clear();
            clone.locks.putAll(original.volume.locks);
            array.put(clone);
            return clone.describe();
        });
    }

    private static Volume confirmed(CloneVolume request, InMemoryVolume present) {
        if (present.make.origin().equals(Optional.of(origin(request)))) {
            return present.describe();
        }
        throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                .message("volume %s exists and is no such clone; take another name", request.name());
    }

    private static Origin origin(CloneVolume request) {
        return Origin.of(request, request.source(), request.depth());
    }

    private Original now(VolumeId id) {
        InMemoryVolume volume = array.require(pool, id);
        return new Original(volume, volume.size, volume.content);
    }

    private Original then(SnapshotId id) {
        return array.ownerOf(pool, id)
                .flatMap(volume -> Optional.ofNullable(volume.snapshots.get(id)).map(kept -> at(volume, kept)))
                .orElseThrow(() ->
                        DriverException.because(Failure.NOT_FOUND).message("pool %s has no snapshot %s", pool, id));
    }

    private static Original at(InMemoryVolume volume, Kept kept) {
        return new Original(volume, kept.snapshot().size(), kept.content());
    }
}
