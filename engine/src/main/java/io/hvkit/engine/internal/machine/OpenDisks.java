package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineDiskRecord.Overlay;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.engine.internal.volume.Disks;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.Overlays;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.storage.spi.VolumeUse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The disks of a machine with their keys, which are wiped when this is closed. */
final class OpenDisks implements AutoCloseable {

    private final List<Disk> disks = new ArrayList<>();
    private final List<Secret> keys = new ArrayList<>();

    private OpenDisks() {}

    /** Opens the keys of volumes that a host has, in the order of the volumes, with what lies over them. */
    static OpenDisks on(Ground ground, RecordId<HostRecord> host, List<RecordId<VolumeRecord>> volumes)
            throws InterruptedException {
        OpenDisks open = new OpenDisks();
        try {
            for (RecordId<VolumeRecord> id : volumes) {
                List<Overlay> overlays = ground.catalog().inTransaction(transaction -> Overlays.over(transaction, id));
                open.add(ground, host, ground.volume(id), overlays);
            }
            return open;
        } catch (RuntimeException | InterruptedException | Error e) {
            open.close();
            throw e;
        }
    }

    /** Opens the key of one volume that a host has, with these overlays over it. */
    static OpenDisks of(Ground ground, RecordId<HostRecord> host, RecordId<VolumeRecord> volume, List<Overlay> overlays)
            throws InterruptedException {
        OpenDisks open = new OpenDisks();
        try {
            open.add(ground, host, ground.volume(volume), overlays);
            return open;
        } catch (RuntimeException | InterruptedException | Error e) {
            open.close();
            throw e;
        }
    }

    /** All layers of a disk are opened by the key of its volume. */
    private void add(Ground ground, RecordId<HostRecord> host, VolumeRecord volume, List<Overlay> overlays)
            throws InterruptedException {
        Attachment place = ground.pool(volume.place().pool())
                .attach(Ground.external(volume), VolumeUse.by(new HostId(host.value())));
        Disk disk = Disk.of(Disks.id(volume), place, volume.place().format());
        if (volume.key().isPresent()) {
            keys.add(ground.keys().open(volume.key().get()));
        }
        Optional<Secret> key = volume.key().map(known -> keys.get(keys.size() - 1));
        disk = unlocked(disk, key);
        for (Overlay overlay : overlays) {
            Disk above = Disk.of(overlay.disk(), overlay.place(), ImageFormat.QCOW2);
            disk = unlocked(above, key).over(disk);
        }
        disks.add(disk);
    }

    private static Disk unlocked(Disk disk, Optional<Secret> key) {
        return key.map(disk::unlockedBy).orElse(disk);
    }

    List<Disk> disks() {
        return disks;
    }

    @Override
    public void close() {
        keys.forEach(Secret::close);
    }
}
