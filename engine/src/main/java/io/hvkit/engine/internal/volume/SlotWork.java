package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFeature;
import io.hvkit.core.ImageFormat;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.LuksVolumes;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;

/** Work on the key slots of a volume, on a host to which its pool lends it meanwhile. */
record SlotWork(VolumeRecord volume, StoragePool pool, EndPoint endPoint) {

    /** Asks for a host that has the programs for it. */
    static EndPointQuery query(EndPointQuery question, VolumeRecord volume) {
        EndPointQuery encrypting = question.needing(HostFeature.VOLUME_ENCRYPTION);
        return volume.place().format() == ImageFormat.QCOW2 ? encrypting.needing(HostFeature.QEMU_IMG) : encrypting;
    }

    /** Returns where the host has the volume, which it is lent if it is not; without a key. */
    DiskImage image() throws InterruptedException {
        Attachment place = pool.attach(
                Ground.external(volume), VolumeUse.by(endPoint.host()).because(Reason.MAINTENANCE));
        return DiskImage.at(place, volume.place().format());
    }

    /** Returns what changes slots there. */
    LuksVolumes luks() {
        return endPoint.luks()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .effect(Effect.NOT_APPLIED)
                        .message("the end point of host %s changes no keys of volumes", endPoint.host()));
    }
}
