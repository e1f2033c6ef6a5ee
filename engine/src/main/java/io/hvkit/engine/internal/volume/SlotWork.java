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
import io.hvkit.storage.spi.LuksAttestation;
import io.hvkit.storage.spi.LuksVolumes;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Work on the key slots of a volume, on a host to which its pool lends it meanwhile. */
record SlotWork(VolumeRecord volume, StoragePool pool, EndPoint endPoint, HostDevices devices) {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int PAUSE_MILLIS = 200;

    /** Asks for a host that has the programs for it. */
    static EndPointQuery query(EndPointQuery question, VolumeRecord volume) {
        EndPointQuery encrypting = question.needing(HostFeature.VOLUME_ENCRYPTION);
        return volume.place().format() == ImageFormat.QCOW2 ? encrypting.needing(HostFeature.QEMU_IMG) : encrypting;
    }

    /** Returns where the host has the volume, which it is lent if it is not; without a key. */
    DiskImage image() throws InterruptedException {
        Attachment place = devices.come(
                pool, Ground.external(volume), VolumeUse.by(endPoint.host()).because(Reason.MAINTENANCE));
        return DiskImage.at(place, volume.place().format());
    }

    /** A change of the slots. */
    @FunctionalInterface
    interface Change {
        LuksAttestation by(LuksVolumes luks, DiskImage image) throws InterruptedException;
    }

    /**
     * Changes slots. A tool that a process left when it was killed may hold the volume for a moment yet; nothing is done before it has ended,
     * since what it does comes on top.
     */
    void change(Change change) throws InterruptedException {
        DiskImage image = image();
        long start = System.nanoTime();
        while (true) {
            try {
                LuksAttestation unused = change.by(luks(), image);
                return;
            } catch (DriverException e) {
                if (e.failure() != Failure.IN_USE || System.nanoTime() - start > PATIENCE.toNanos()) {
                    throw e;
                }
            }
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        }
    }

    /** Returns what the header says now, read back from the volume. */
    LuksAttestation attest() throws InterruptedException {
        return luks().attest(image())
                .orElseThrow(() -> DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("volume %s has no LUKS header any more", volume.name()));
    }

    /** Returns what changes slots there. */
    LuksVolumes luks() {
        return endPoint.luks()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .effect(Effect.NOT_APPLIED)
                        .message("the end point of host %s changes no keys of volumes", endPoint.host()));
    }
}
