package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.HostId;
import io.hvkit.core.Secret;
import io.hvkit.engine.internal.volume.Disks;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.storage.spi.VolumeUse;
import java.util.ArrayList;
import java.util.List;

/** The disks of a machine with their keys, which are wiped when this is closed. */
final class OpenDisks implements AutoCloseable {

    private final List<Disk> disks = new ArrayList<>();
    private final List<Secret> keys = new ArrayList<>();

    private OpenDisks() {}

    /** Opens the keys of volumes that a host has, in the order of the volumes. */
    static OpenDisks on(Ground ground, RecordId<HostRecord> host, List<RecordId<VolumeRecord>> volumes)
            throws InterruptedException {
        OpenDisks open = new OpenDisks();
        try {
            for (RecordId<VolumeRecord> id : volumes) {
                open.add(ground, host, ground.volume(id));
            }
            return open;
        } catch (RuntimeException | InterruptedException | Error e) {
            open.close();
            throw e;
        }
    }

    private void add(Ground ground, RecordId<HostRecord> host, VolumeRecord volume) throws InterruptedException {
        Attachment place = ground.pool(volume.place().pool())
                .attach(Ground.external(volume), VolumeUse.by(new HostId(host.value())));
        Disk disk = Disk.of(Disks.id(volume), place, volume.place().format());
        if (volume.key().isPresent()) {
            Secret key = ground.keys().open(volume.key().get());
            keys.add(key);
            disk = disk.unlockedBy(key);
        }
        disks.add(disk);
    }

    List<Disk> disks() {
        return disks;
    }

    @Override
    public void close() {
        keys.forEach(Secret::close);
    }
}
