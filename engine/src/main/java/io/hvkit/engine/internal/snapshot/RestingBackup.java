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
import io.hvkit.storage.spi.Deltas;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.chain.LayerId;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Copies a volume with which no machine runs to a layer, by a host that has both meanwhile; and compares it with layers. */
final class RestingBackup {

    /** Why no changes were written, in evidence. */
    static final String TROUBLE = "trouble";

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

    /** How a volume and layers compare. */
    enum Likeness {
        SAME,
        OTHER,
        /** What cannot be read holds nothing that is known. */
        UNREADABLE
    }

    /** Reads both as far as they are the same, and returns whether all is. */
    Likeness likeness(ProgressListener listener) throws InterruptedException {
        Likeness[] seen = {Likeness.OTHER};
        try {
            work((images, source, copy) -> {
                if (!images.isIncomplete(copy) && images.areEqual(source, copy, listener)) {
                    seen[0] = Likeness.SAME;
                }
                return copy;
            });
        } catch (DriverException e) {
            if (!CopyProbe.isDamage(e)) {
                throw e;
            }
            LOG.warn("layers {} cannot be read to be compared with volume {}", line, volume, e);
            seen[0] = Likeness.UNREADABLE;
        }
        requireAtRest();
        return seen[0];
    }

    /** Returns whether its layer is to stand on others. */
    boolean isOfChanges() {
        return line.size() > 1;
    }

    /** Returns whether the host writes layers of changes by reading. */
    boolean canWriteChanges() throws InterruptedException {
        return ground.endPoint(plan.host()).images().deltas().isPresent();
    }

    /**
     * Writes what differs from what the layer stands on, and compares all of it; begins again if it was begun before. A full layer needs no
     * other, so where those below stand in the way, that is the evidence and no failure.
     */
    Facts changes(ProgressListener listener) throws InterruptedException {
        try {
            Patience.with(() -> work((images, source, copy) -> deltas(images).write(source, copy, listener)));
            return compare(listener);
        } catch (DriverException e) {
            if (!CopyProbe.isDamage(e) && e.failure() != Failure.DEFECT && e.failure() != Failure.UNSUPPORTED) {
                throw e;
            }
            LOG.warn("volume {} is copied in full, since what differs from {} cannot be written", volume, line, e);
            return Facts.of(
                    TROUBLE, "what differs from the layers below cannot be written or read there, " + e.failure());
        }
    }

    private Deltas deltas(Images images) throws InterruptedException {
        return images.deltas()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .effect(Effect.NOT_APPLIED)
                        .message("host %s writes no layers of changes any more", plan.host()));
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
