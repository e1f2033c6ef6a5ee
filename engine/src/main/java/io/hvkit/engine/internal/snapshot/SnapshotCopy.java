package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.UnfilledCopy;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.chain.LayerId;
import java.util.Optional;

/** Copies a snapshot to what was made for it, by a host that has all of it meanwhile; and compares the two. */
final class SnapshotCopy {

    private final Ground ground;
    private final LayerFiles files;
    private final SnapshotSource source;
    private final UnfilledCopy.Look target;
    private final RecordId<HostRecord> host;
    private final CopyImage.Plaintext plaintext;

    SnapshotCopy(Ground ground, SnapshotSource source, UnfilledCopy.Look target, RecordId<HostRecord> host) {
        this(ground, source, target, host, CopyImage.Plaintext.REFUSED);
    }

    private SnapshotCopy(
            Ground ground,
            SnapshotSource source,
            UnfilledCopy.Look target,
            RecordId<HostRecord> host,
            CopyImage.Plaintext plaintext) {
        this.ground = ground;
        this.files = new LayerFiles(ground);
        this.source = source;
        this.target = target;
        this.host = host;
        this.plaintext = plaintext;
    }

    /** Returns this copy, which may write in clear what was encrypted, or not. */
    SnapshotCopy into(CopyImage.Plaintext other) {
        return new SnapshotCopy(ground, source, target, host, other);
    }

    private HostId hostId() {
        return new HostId(host.value());
    }

    private VolumeUse use() {
        return VolumeUse.by(hostId()).because(VolumeUse.Reason.COPY);
    }

    /** Gives the host the new volume; layers it gets when they are opened. */
    Facts lend() throws InterruptedException {
        UnfilledCopy copy = target.now();
        Attachment place = ground.devices().come(ground.pool(copy.pool()), copy.id(), use());
        return Facts.of("place", place);
    }

    /** Takes all from the host. */
    void giveBack() throws InterruptedException {
        UnfilledCopy copy = target.now();
        ground.devices().go(ground.pool(copy.pool()), copy.id(), hostId(), use().reason());
        for (LayerId layer : source.line()) {
            files.detach(layer, hostId());
        }
    }

    Facts close() throws InterruptedException {
        giveBack();
        return Facts.of("host", host);
    }

    /** Copies all of it; begins again if it was begun before. */
    Facts copy(ProgressListener listener) throws InterruptedException {
        Patience.with(() -> {
            boolean clear = mayLieInClear();
            work((images, from, to) -> {
                CopyImage request = CopyImage.onto(from, to);
                return images.copy(clear ? request.intoPlaintext() : request, listener);
            });
        });
        return Facts.of("copied", source.snapshot());
    }

    /**
     * Returns whether it was allowed, or storage encrypts with keys of its own, which gets the bytes as a machine sees them: what is to
     * lie in clear beside that was refused before.
     */
    private boolean mayLieInClear() throws InterruptedException {
        if (plaintext == CopyImage.Plaintext.ALLOWED) {
            return true;
        }
        UnfilledCopy copy = target.now();
        return copy.key().isEmpty()
                && ground.pool(copy.pool()).encryption().match(none -> false, luks -> false, storage -> true);
    }

    /** Reads both to the last byte. */
    Facts compare(ProgressListener listener) throws InterruptedException {
        work((images, from, to) -> {
            if (images.isIncomplete(to) || !images.areEqual(from, to, listener)) {
                throw DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("what was made of snapshot %s holds something else", source.snapshot());
            }
            return to;
        });
        return Facts.of("compared", source.snapshot());
    }

    private interface Work {
        Object on(Images images, DiskImage from, DiskImage to) throws InterruptedException;
    }

    private void work(Work work) throws InterruptedException {
        Images images = ground.endPoint(host).images();
        UnfilledCopy copy = target.now();
        Attachment place = ground.pool(copy.pool()).attach(copy.id(), use());
        DiskImage bare = DiskImage.at(place, copy.format());
        Optional<RecordId<KeyRecord>> key = copy.key();
        if (key.isEmpty()) {
            files.with(source.line(), hostId(), from -> work.on(images, from, bare));
            return;
        }
        try (Secret secret = ground.keys().open(key.get())) {
            DiskImage opened = bare.unlockedBy(secret);
            files.with(source.line(), hostId(), from -> work.on(images, from, opened));
        }
    }
}
