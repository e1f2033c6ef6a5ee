package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import java.util.Optional;

/**
 * A disk that a host copies from what one pool has to what another one, or the same, was just made to have, each with its own key.
 *
 * @param ground what this stands on
 * @param source what is read
 * @param target what is written, whose content is of no use before
 * @param plaintext whether what is encrypted may be written in clear
 */
record ImageCopy(Ground ground, Side source, Side target, CopyImage.Plaintext plaintext) {

    /**
     * What a pool has.
     *
     * @param pool the pool
     * @param name what it is called there
     * @param id what the pool calls it, if that is known; else it is found by its name
     * @param format how its bytes lie
     * @param key the key that opens it, if it is encrypted with one
     */
    record Side(
            RecordId<PoolRecord> pool,
            String name,
            Optional<VolumeId> id,
            ImageFormat format,
            Optional<RecordId<KeyRecord>> key) {

        private Optional<VolumeId> find(Ground ground) throws InterruptedException {
            StoragePool open = ground.pool(pool);
            Optional<Volume> there = id.isPresent() ? open.find(id.get()) : open.findNamed(name);
            return there.map(Volume::id);
        }

        private VolumeId require(Ground ground) throws InterruptedException {
            return find(ground)
                    .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                            .effect(Effect.NOT_APPLIED)
                            .message("pool %s does not have %s any more", pool, name));
        }
    }

    /** Copies and compares, in steps; both are given back when this returns. */
    void run(EndPointQuery query, String what, Run run) throws InterruptedException {
        EndPointQuery able = needing(query);
        Facts chosen = run.step(Step.of("host", () -> Facts.of("host", ground.choose(able, what))));
        RecordId<HostRecord> host = new RecordId<>(chosen.text("host"));
        run.step(Step.of("lend", () -> lend(host)).undoneBy(evidence -> giveBack(host)));
        run.step(Step.of("copy", () -> copy(host, run.progress())));
        run.step(Step.of("compare", () -> compare(host, run.progress())));
        run.step(Step.of("close", () -> {
            giveBack(host);
            return Facts.of("host", host);
        }));
    }

    private EndPointQuery needing(EndPointQuery query) {
        EndPointQuery able = query.needing(HostFeature.QEMU_IMG);
        return source.key.isPresent() || target.key.isPresent() ? able.needing(HostFeature.VOLUME_ENCRYPTION) : able;
    }

    private static VolumeUse reading(RecordId<HostRecord> host) {
        return writing(host).shared();
    }

    private static VolumeUse writing(RecordId<HostRecord> host) {
        return VolumeUse.by(new HostId(host.value())).because(Reason.COPY);
    }

    private Facts lend(RecordId<HostRecord> host) throws InterruptedException {
        Attachment read = ground.devices().come(ground.pool(source.pool), source.require(ground), reading(host));
        Attachment written = ground.devices().come(ground.pool(target.pool), target.require(ground), writing(host));
        return Facts.of("read", read).with("written", written);
    }

    private void giveBack(RecordId<HostRecord> host) throws InterruptedException {
        for (Side side : new Side[] {target, source}) {
            StoragePool pool = ground.pool(side.pool);
            Optional<VolumeId> id = side.find(ground);
            if (id.isPresent()) {
                ground.devices().go(pool, id.get(), new HostId(host.value()), Reason.COPY);
            }
        }
    }

    private Facts copy(RecordId<HostRecord> host, ProgressListener listener) throws InterruptedException {
        work(host, (images, read, written) -> {
            CopyImage request = CopyImage.onto(read, written);
            return images.copy(plaintext == CopyImage.Plaintext.ALLOWED ? request.intoPlaintext() : request, listener);
        });
        return Facts.of("copied", target.name);
    }

    private Facts compare(RecordId<HostRecord> host, ProgressListener listener) throws InterruptedException {
        work(host, (images, read, written) -> {
            if (images.isIncomplete(written) || !images.areEqual(read, written, listener)) {
                throw DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("%s was copied and is no copy of %s", target.name, source.name);
            }
            return written;
        });
        return Facts.of("compared", target.name);
    }

    private interface Work {
        Object on(Images images, DiskImage read, DiskImage written) throws InterruptedException;
    }

    private void work(RecordId<HostRecord> host, Work work) throws InterruptedException {
        Images images = ground.endPoint(host).images();
        with(source, reading(host), read -> with(target, writing(host), written -> work.on(images, read, written)));
    }

    private interface Opened {
        Object on(DiskImage image) throws InterruptedException;
    }

    private Object with(Side side, VolumeUse use, Opened work) throws InterruptedException {
        DiskImage image = DiskImage.at(ground.pool(side.pool).attach(side.require(ground), use), side.format);
        if (side.key.isEmpty()) {
            return work.on(image);
        }
        try (Secret secret = ground.keys().open(side.key.get())) {
            return work.on(image.unlockedBy(secret));
        }
    }
}
