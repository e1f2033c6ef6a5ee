package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.Secret;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.ImageReport;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;

/**
 * The image on a volume that has grown, with which no machine runs: where the pool knows blocks alone, a host that is lent the volume makes the
 * image larger as well.
 *
 * @param ground what this stands on
 * @param volume the volume, which is encrypted
 * @param size what a machine is to see
 */
record GrownImage(Ground ground, RecordId<VolumeRecord> volume, ByteSize size) {

    void grow(Run run) throws InterruptedException {
        Facts chosen = run.step(Step.of("image-host", () -> Facts.of("host", choose())));
        RecordId<HostRecord> host = new RecordId<>(chosen.text("host"));
        run.step(Step.of("image-lend", () -> {
                    Attachment unused = place(host);
                    return Facts.NONE;
                })
                .undoneBy(evidence -> giveBack(host)));
        run.step(Step.of("image-grow", () -> grow(host)));
        run.step(Step.of("image-return", () -> giveBack(host)));
    }

    private RecordId<HostRecord> choose() throws InterruptedException {
        VolumeRecord known = ground.volume(volume);
        ground.requireAtRest(known, "grow it again once it does not run, or while it runs from beginning to end");
        return ground.choose(
                SlotWork.query(ground.workOn(known), known), "make the image on volume " + known.name() + " larger");
    }

    private Attachment place(RecordId<HostRecord> host) throws InterruptedException {
        VolumeRecord known = ground.volume(volume);
        VolumeUse use = VolumeUse.by(new HostId(host.value())).because(Reason.MAINTENANCE);
        return ground.devices().come(ground.pool(known.place().pool()), Ground.external(known), use);
    }

    private Facts giveBack(RecordId<HostRecord> host) throws InterruptedException {
        VolumeRecord known = ground.volume(volume);
        StoragePool pool = ground.pool(known.place().pool());
        ground.devices().go(pool, Ground.external(known), new HostId(host.value()), Reason.MAINTENANCE);
        return Facts.NONE;
    }

    private Facts grow(RecordId<HostRecord> host) throws InterruptedException {
        VolumeRecord known = ground.volume(volume);
        DiskImage image = DiskImage.at(place(host), known.place().format());
        try (Secret key = ground.keys().open(known.key().orElseThrow())) {
            ImageReport grown = ground.endPoint(host).images().growTo(image.unlockedBy(key), size);
            return Facts.of("image", grown.size());
        }
    }
}
