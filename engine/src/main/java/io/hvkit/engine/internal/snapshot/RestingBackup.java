package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.chain.LayerId;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Copies a volume with which no machine runs to a layer, in full, by a host that has both meanwhile; and compares it with layers. */
final class RestingBackup {

    private static final Logger LOG = LoggerFactory.getLogger(RestingBackup.class);

    private final Ground ground;
    private final LayerFiles files;
    private final RecordId<VolumeRecord> volume;
    private final TakePlan plan;
    private final List<LayerId> line;

    /**
     * Makes one.
     *
     * @param line a layer and all that it stands on, from the top down
     */
    RestingBackup(Ground ground, RecordId<VolumeRecord> volume, TakePlan plan, List<LayerId> line) {
        this.ground = ground;
        this.files = new LayerFiles(ground);
        this.volume = volume;
        this.plan = plan;
        this.line = List.copyOf(line);
    }

    private LayerId layer() {
        return line.get(0);
    }

    private HostId host() {
        return new HostId(plan.host().value());
    }

    private VolumeUse use() {
        return VolumeUse.by(host()).because(VolumeUse.Reason.COPY);
    }

    /** Gives the host the volume. */
    Facts lend() throws InterruptedException {
        requireAtRest();
        Attachment source = ground.devices().come(ground.pool(plan.pool()), plan.id(), use());
        return Facts.of("source", source);
    }

    /** Takes both from the host. */
    void giveBack() throws InterruptedException {
        ground.devices().go(ground.pool(plan.pool()), plan.id(), host(), use().reason());
        for (LayerId layer : line) {
            files.detach(layer, host());
        }
    }

    private void requireAtRest() throws InterruptedException {
        ground.requireAtRest(
                ground.volume(volume), "it has begun to; ask again, and the snapshot is taken while it runs");
    }

    /** Copies all of it; begins again if it was begun before. */
    Facts copy(ProgressListener listener) throws InterruptedException {
        Patience.with(() -> work((images, source, copy) -> images.copy(CopyImage.onto(source, copy), listener)));
        return Facts.of("copied", layer());
    }

    /** Reads both to the last byte; then looks once more that no machine runs with the volume, and takes both from the host. */
    Facts compare(ProgressListener listener) throws InterruptedException {
        work((images, source, copy) -> {
            if (images.isIncomplete(copy) || !images.areEqual(source, copy, listener)) {
                throw DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("layer %s was copied and is no copy of volume %s", layer(), volume);
            }
            return copy;
        });
        requireAtRest();
        return Facts.of("compared", layer());
    }

    /** Reads both as far as they are the same, and returns whether all is. What cannot be read holds nothing that is known. */
    boolean isUnchanged(ProgressListener listener) throws InterruptedException {
        boolean[] unchanged = {false};
        try {
            work((images, source, copy) -> {
                unchanged[0] = !images.isIncomplete(copy) && images.areEqual(source, copy, listener);
                return copy;
            });
        } catch (DriverException e) {
            if (!CopyProbe.isDamage(e)) {
                throw e;
            }
            LOG.warn(
                    "volume {} is copied in full, since layers {} cannot be read to be compared with it",
                    volume,
                    line,
                    e);
        }
        requireAtRest();
        return unchanged[0];
    }

    private interface Work {
        Object on(Images images, DiskImage source, DiskImage copy) throws InterruptedException;
    }

    private void work(Work work) throws InterruptedException {
        Images images = ground.endPoint(plan.host()).images();
        DiskImage bare = DiskImage.at(ground.pool(plan.pool()).attach(plan.id(), use()), plan.format());
        Optional<RecordId<KeyRecord>> key = ground.volume(volume).key();
        if (key.isEmpty()) {
            files.with(line, host(), copy -> work.on(images, bare, copy));
            return;
        }
        try (Secret secret = ground.keys().open(key.get())) {
            DiskImage source = bare.unlockedBy(secret);
            files.with(line, host(), copy -> work.on(images, source, copy));
        }
    }
}
