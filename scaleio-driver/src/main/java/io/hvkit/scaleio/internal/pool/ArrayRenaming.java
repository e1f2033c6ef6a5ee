package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Renaming;
import io.hvkit.storage.spi.Volume;
import java.util.Optional;

/** Other names for volumes. Snapshots and notes are found by the volume's id, and stay as they are called. */
record ArrayRenaming(ArrayCalls calls, ArrayVolumes volumes) implements Renaming {

    @Override
    public Volume rename(VolumeId id, String name) throws InterruptedException {
        Names.check(name);
        ArrayVolume volume = volumes.require(id);
        volumes.requireNoTwin(name, volume.format());
        String spelled = Names.spelled(name, volume.format());
        if (!volume.name().equals(spelled)) {
            calls.rename(volume.id(), spelled);
        }
        ArrayVolume renamed = volumes.require(id);
        if (!renamed.name().equals(spelled)) {
            Optional<ArrayVolume> other = calls.named(spelled);
            throw other.isPresent() ? ArrayVolumes.taken(other.get()) : ArrayCalls.notSeen(name);
        }
        return renamed.asVolume();
    }
}
