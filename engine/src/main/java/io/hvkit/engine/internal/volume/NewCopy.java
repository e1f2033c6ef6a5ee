package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.EncryptionSupport.HeaderWriter;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.Limits;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeEncryption;
import io.hvkit.storage.spi.VolumeLimits;
import io.hvkit.storage.spi.VolumeUse;
import java.util.Optional;

/**
 * The copy of a volume that is made beside the one that there is, in another pool or in the same one.
 *
 * @param volume the volume
 * @param pool the pool
 * @param name what it is called there, and as a disk
 * @param target what it is to be
 * @param key the key it is encrypted with, if it is
 */
record NewCopy(
        RecordId<VolumeRecord> volume,
        RecordId<PoolRecord> pool,
        String name,
        MovePlan.Target target,
        Optional<RecordId<KeyRecord>> key) {

    ImageFormat format() {
        return target.format();
    }

    /** Makes it, or confirms that it was made; an encrypted one is proved to be, or it is not there. */
    Facts make(Ground ground) throws InterruptedException {
        StoragePool open = ground.pool(pool);
        if (key.isEmpty()) {
            return proved(ground, open, open.create(wanted(name, target, Optional.empty())));
        }
        try (Secret secret = ground.keys().open(key.get())) {
            CreateVolume wanted = wanted(name, target, Optional.of(secret));
            return proved(ground, open, open.create(wanted));
        }
    }

    /** Returns the request for a target; the key counts only if it is to be encrypted with one. */
    static CreateVolume wanted(String name, MovePlan.Target target, Optional<Secret> key) {
        CreateVolume plain = CreateVolume.blank(name, target.size()).as(target.format());
        return switch (target.encryption()) {
            case NONE -> plain;
            case WITH_KEY -> plain.encryptedBy(key.orElseThrow());
            case BY_STORAGE -> plain.encryptedByStorage();
        };
    }

    private Facts proved(Ground ground, StoragePool open, Volume made) throws InterruptedException {
        requireOther(ground, made);
        boolean isToBeProved = target.encryption() != VolumeEncryption.NONE && target.headerBy() == HeaderWriter.POOL;
        if (isToBeProved && made.attestation().isEmpty()) {
            open.delete(made.id());
            throw DriverException.because(Failure.DEFECT)
                    .message("pool %s did not prove that volume %s is encrypted; it is removed", pool, made.id());
        }
        return Ground.evidence(made).with("type", open.type().id());
    }

    private void requireOther(Ground ground, Volume found) throws InterruptedException {
        CountingCopy.of(ground.volume(volume)).requireOther(pool, name, found);
    }

    /** Returns the evidence that it was made, once it has its header, which a host writes if its pool leaves that to hosts. */
    Facts withHeader(Ground ground, MovePlan plan, Facts made, Run run) throws InterruptedException {
        if (target.headerBy() == HeaderWriter.POOL) {
            return made;
        }
        EndPointQuery query = ground.workIn(pool);
        Optional<RecordId<HostRecord>> handy = plan.worker().or(() -> plan.use().map(MovePlan.Use::host));
        if (handy.isPresent()) {
            query = query.preferring(new HostId(handy.get().value()));
        }
        NewHeader.Layout layout =
                new NewHeader.Layout(target.format(), ByteSize.bytes(Long.parseLong(made.text("size"))));
        return new NewHeader(ground, pool, name, layout, key.orElseThrow()).write(made, query, run);
    }

    /** Gives it the limits of the one that there is; they go with it if it is removed. */
    Facts limit(Ground ground, VolumeLimits limits) throws InterruptedException {
        Limits kept = ground.pool(pool)
                .limits()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .effect(Effect.NOT_APPLIED)
                        .message("pool %s does not limit volumes any more", pool));
        return Facts.of("limits", kept.set(requireId(ground), limits));
    }

    /** Returns what was made of it. */
    Optional<Facts> find(Ground ground) throws InterruptedException {
        StoragePool open = ground.pool(pool);
        return open.findNamed(name)
                .map(made -> Ground.evidence(made).with("type", open.type().id()));
    }

    /** Removes what was made of it; the name is this volume's alone. */
    void remove(Ground ground) throws InterruptedException {
        StoragePool open = ground.pool(pool);
        Optional<Volume> made = open.findNamed(name);
        if (made.isPresent()) {
            requireOther(ground, made.get());
            open.delete(made.get().id());
        }
    }

    /** Makes it usable on a host, for the machine that is to have it. */
    Facts attach(Ground ground, HostId host) throws InterruptedException {
        Attachment unused = ground.devices().come(ground.pool(pool), requireId(ground), VolumeUse.by(host));
        return Facts.of("host", host);
    }

    /** Ends its use on a host. */
    void detach(Ground ground, HostId host) throws InterruptedException {
        StoragePool open = ground.pool(pool);
        Optional<Volume> made = open.findNamed(name);
        if (made.isPresent()) {
            ground.devices().go(open, made.get().id(), host, VolumeUse.Reason.MACHINE);
        }
    }

    /** Returns what its pool calls it. */
    VolumeId requireId(Ground ground) throws InterruptedException {
        return ground.pool(pool)
                .findNamed(name)
                .map(Volume::id)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("pool %s does not have %s any more, which was made there", pool, name));
    }
}
