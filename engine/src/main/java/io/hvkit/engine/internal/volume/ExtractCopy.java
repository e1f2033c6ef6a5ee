package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.ImageReport;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import java.util.Optional;

/** The copy of a volume with which no machine runs to a file, by the host that is to have it. The file appears when it is whole. */
final class ExtractCopy {

    private final Ground ground;
    private final Extract request;
    private final Facts plan;

    ExtractCopy(Ground ground, Extract request, Facts plan) {
        this.ground = ground;
        this.request = request;
        this.plan = plan;
    }

    private Images images() throws InterruptedException {
        return ground.endPoint(request.host()).images();
    }

    private DiskImage target() {
        return DiskImage.at(new Attachment.ImageFile(request.file()), request.format());
    }

    /** Looks that nothing is where the file is to be. What is there is somebody's, and stays. */
    Facts requireNothingThere() throws InterruptedException {
        if (isThere()) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "host %s has something at %s, which is left alone; take another name, or remove it first",
                            request.host(), request.file());
        }
        return Facts.of("free", request.file());
    }

    /** A file that is there after all is whole. Nothing on a host is ever deleted by its name, so it is told of. */
    void tellOfWhatIsThere(Optional<Facts> wasFree) throws InterruptedException {
        if (wasFree.isPresent() && isThere()) {
            throw DriverException.because(Failure.IN_USE)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "host %s has what was extracted, or what somebody else has put there, at %s; remove it if nobody needs it",
                            request.host(), request.file());
        }
    }

    private boolean isThere() throws InterruptedException {
        try {
            ImageReport unused = images().inspect(target());
            return true;
        } catch (DriverException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                return false;
            }
            if (e.failure() == Failure.CORRUPT_DATA) {
                return true; // something else than such an image
            }
            throw e;
        }
    }

    private StoragePool pool() throws InterruptedException {
        return ground.pool(new RecordId<PoolRecord>(plan.text("pool")));
    }

    private VolumeId volume() {
        return new VolumeId(plan.text("id"));
    }

    private VolumeUse use() {
        return VolumeUse.by(new HostId(request.host().value()))
                .because(Reason.COPY)
                .shared();
    }

    /** Gives the host the volume. */
    Facts lend() throws InterruptedException {
        new ExtractLook(ground, request).requireAtRest();
        return Facts.of("source", ground.devices().come(pool(), volume(), use()));
    }

    /** Takes it from the host. */
    Facts giveBack() throws InterruptedException {
        StoragePool pool = pool();
        if (pool.find(volume()).isPresent()) {
            ground.devices().go(pool, volume(), use().host(), Reason.COPY);
        }
        return Facts.of("host", request.host());
    }

    /** Makes the file, or confirms that it was made; each host proves that one with a key is encrypted, or is not believed. */
    Facts copy(ProgressListener listener) throws InterruptedException {
        return work((images, read, written) -> {
            CopyImage copy = CopyImage.to(read, written);
            ImageReport made = images.copy(request.authorisation().isPresent() ? copy.intoPlaintext() : copy, listener);
            return Facts.of("size", made.size().bytes()).with("attestation", made.attestation());
        });
    }

    /** Reads both to the last byte; and looks once more that no machine has begun to write. */
    Facts compare(ProgressListener listener) throws InterruptedException {
        Facts compared = work((images, read, written) -> {
            if (!images.areEqual(read, written, listener)) {
                throw DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("%s was copied and is no copy of volume %s", request.file(), request.volume());
            }
            return Facts.of("compared", request.file());
        });
        new ExtractLook(ground, request).requireAtRest();
        return compared;
    }

    private interface Work {
        Facts on(Images images, DiskImage read, DiskImage written) throws InterruptedException;
    }

    private Facts work(Work work) throws InterruptedException {
        DiskImage source = DiskImage.at(pool().attach(volume(), use()), ImageFormat.valueOf(plan.text("format")));
        return with(
                source,
                plan.find("key").map(RecordId::new),
                read -> with(target(), request.key(), written -> work.on(images(), read, written)));
    }

    private interface Opened {
        Facts on(DiskImage image) throws InterruptedException;
    }

    private Facts with(DiskImage image, Optional<RecordId<KeyRecord>> key, Opened work) throws InterruptedException {
        if (key.isEmpty()) {
            return work.on(image);
        }
        try (Secret secret = ground.keys().open(key.get())) {
            return work.on(image.unlockedBy(secret));
        }
    }
}
