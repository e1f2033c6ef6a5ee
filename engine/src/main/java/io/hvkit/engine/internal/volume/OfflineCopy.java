package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import java.time.Duration;
import java.util.Optional;

/** The copy of a volume with which no machine runs, by a host that has both copies meanwhile. */
final class OfflineCopy {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Ground ground;
    private final MovePlan plan;
    private final NewCopy target;
    private final Optional<ByteSize> bandwidth;

    /** @param bandwidth how much may be copied in a second, if there is a limit */
    OfflineCopy(Ground ground, MovePlan plan, NewCopy target, Optional<ByteSize> bandwidth) {
        this.bandwidth = bandwidth;
        this.ground = ground;
        this.plan = plan;
        this.target = target;
    }

    private RecordId<HostRecord> host() {
        return plan.worker().orElseThrow();
    }

    private VolumeUse use() {
        return VolumeUse.by(new HostId(host().value())).because(VolumeUse.Reason.COPY);
    }

    /** Gives the host both copies. */
    Facts lend() throws InterruptedException {
        requireAtRest();
        Attachment source = ground.devices()
                .come(ground.pool(plan.from().pool()), plan.from().id(), use());
        Attachment copy = ground.devices().come(ground.pool(target.pool()), target.requireId(ground), use());
        return Facts.of("host", host()).with("source", source).with("copy", copy);
    }

    /** Takes both copies from the host. */
    void giveBack() throws InterruptedException {
        VolumeUse use = use();
        ground.devices().go(ground.pool(plan.from().pool()), plan.from().id(), use.host(), use.reason());
        StoragePool pool = ground.pool(target.pool());
        Optional<Volume> made = pool.findNamed(target.name());
        if (made.isPresent()) {
            ground.devices().go(pool, made.get().id(), use.host(), use.reason());
        }
    }

    /** Copies all of it; begins again if it was begun before. */
    Facts copy(ProgressListener listener) throws InterruptedException {
        long start = System.nanoTime();
        while (true) {
            try {
                work((images, source, copy) -> images.copy(request(source, copy), listener));
                return Facts.of("copied", target.name());
            } catch (DriverException e) {
                if (e.failure() != Failure.IN_USE || System.nanoTime() - start > PATIENCE.toNanos()) {
                    throw e;
                }
                Thread.sleep(PAUSE.toMillis()); // the program of a process that was killed may not have ended yet
            }
        }
    }

    private CopyImage request(DiskImage source, DiskImage copy) {
        CopyImage request = CopyImage.onto(source, copy);
        return bandwidth.map(request::limitedTo).orElse(request);
    }

    /** Reads both copies to the last byte, each with its own key. */
    Facts compare(ProgressListener listener) throws InterruptedException {
        work((images, source, copy) -> {
            if (images.isIncomplete(copy)) {
                throw DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("%s was copied and is incomplete", target.name());
            }
            if (!images.areEqual(source, copy, listener)) {
                throw DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "%s was copied and is no copy of %s",
                                target.name(), plan.from().id());
            }
            return copy;
        });
        return Facts.of("compared", target.name());
    }

    /** Gives both back, and looks once more that no machine has begun to use the source. */
    Facts close() throws InterruptedException {
        giveBack();
        requireAtRest();
        return Facts.of("host", host());
    }

    private void requireAtRest() throws InterruptedException {
        if (plan.use().isPresent()) {
            requireAtRest(ground, target.volume(), plan.from(), plan.use().get());
        }
    }

    /**
     * Looks that no machine has a copy as its disk, nor would have it once it is started, nor has something over it.
     *
     * @throws DriverException with {@code IN_USE}, naming the machine
     */
    static void requireAtRest(Ground ground, RecordId<VolumeRecord> volume, MovePlan.Copy copy, MovePlan.Use use)
            throws InterruptedException {
        Attachment place = ground.pool(copy.pool())
                .attach(copy.id(), VolumeUse.by(new HostId(use.host().value())));
        VolumeId name = new VolumeId(Ground.nameIn(copy.home(), volume, copy.number()));
        Hypervisor host = ground.host(use.host());
        Disks.requireNotFrozen(host, use.machine(), name, () -> place);
        Optional<VolumeId> disk = Disks.called(host, use.machine(), name, place);
        if (disk.isPresent()) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "machine %s has volume %s as disk %s; start it and ask again while it runs, or have its host forget it"
                                    + " until this is done",
                            use.machine(), volume, disk.get());
        }
    }

    private interface Work {
        Object on(Images images, DiskImage source, DiskImage copy) throws InterruptedException;
    }

    private void work(Work work) throws InterruptedException {
        Images images = ground.endPoint(host()).images();
        DiskImage source =
                image(plan.from().pool().value(), plan.from().id(), plan.from().format());
        with(source, plan.from().key(), opened -> {
            DiskImage copy = image(target.pool().value(), target.requireId(ground), target.format());
            with(copy, target.key(), written -> work.on(images, opened, written));
            return opened;
        });
    }

    private DiskImage image(String pool, VolumeId id, ImageFormat format) throws InterruptedException {
        return DiskImage.at(ground.pool(new RecordId<>(pool)).attach(id, use()), format);
    }

    private interface Opened {
        Object on(DiskImage image) throws InterruptedException;
    }

    private void with(DiskImage image, Optional<RecordId<KeyRecord>> key, Opened work) throws InterruptedException {
        if (key.isEmpty()) {
            work.on(image);
            return;
        }
        try (Secret secret = ground.keys().open(key.get())) {
            work.on(image.unlockedBy(secret));
        }
    }
}
