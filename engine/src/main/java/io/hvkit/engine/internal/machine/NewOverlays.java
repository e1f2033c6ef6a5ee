package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineDiskRecord.Overlay;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.Overlays;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.ImageReport;
import io.hvkit.storage.spi.Images;
import java.util.List;

/** Overlays that the catalog tells of already: made by the end point of a host, and laid over disks there. */
final class NewOverlays {

    private final Ground ground;

    NewOverlays(Ground ground) {
        this.ground = ground;
    }

    /** Makes the highest overlay of a volume, which is as large as what is below it, with the key of the volume. */
    Facts make(RecordId<HostRecord> host, RecordId<VolumeRecord> volume) throws InterruptedException {
        List<Overlay> overlays = ground.catalog().inTransaction(transaction -> Overlays.over(transaction, volume));
        Images images = ground.endPoint(host).images();
        try (OpenDisks open = OpenDisks.of(ground, host, volume, overlays)) {
            Disk overlay = open.disks().get(0);
            ByteSize size = images.inspect(image(overlay.base().orElseThrow())).size();
            ImageReport made = images.create(image(overlay), size);
            if (overlay.key().isPresent() && made.attestation().isEmpty()) {
                throw DriverException.because(Failure.DEFECT)
                        .message("%s was made over an encrypted volume, and is not encrypted", overlay);
            }
            return Facts.of("size", size.bytes());
        }
    }

    private static DiskImage image(Disk disk) {
        DiskImage alone = DiskImage.at(disk.attachment(), disk.format());
        DiskImage unlocked = disk.key().map(alone::unlockedBy).orElse(alone);
        return disk.base().map(base -> unlocked.over(image(base))).orElse(unlocked);
    }

    /** Lays the highest overlays of all disks that are to be frozen, at one moment. */
    Facts take(RecordId<HostRecord> host, FreezeWork request) throws InterruptedException {
        MachineSnapshots snapshots = ground.host(host)
                .machineSnapshots()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .message("host %s freezes no disks of machines", host));
        MachineWork work = request.work();
        try (OpenDisks open = OpenDisks.on(ground, host, work.disks())) {
            SnapshotRequest frozen = SnapshotRequest.named(new SnapshotId(request.name()));
            for (int i = 0; i < work.disks().size(); i++) {
                Disk top = open.disks().get(i);
                frozen = request.leftOut().contains(work.disks().get(i))
                        ? frozen.leavingOut(top.volume())
                        : frozen.onto(top.base().orElseThrow().volume(), alone(top));
            }
            MachineSnapshot taken = snapshots.take(work.id(), frozen);
            return Facts.of("snapshot", taken.id());
        }
    }

    private static Disk alone(Disk top) {
        Disk alone = Disk.of(top.volume(), top.attachment(), top.format());
        return top.key().map(alone::unlockedBy).orElse(alone);
    }
}
