package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Second;
import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import java.util.Optional;
import java.util.Set;

/**
 * The copy of a volume that its record names beside the one that counts: a move has left it, or is about to.
 *
 * @param volume the volume
 * @param pool where it is
 * @param id what its pool calls it, if it was seen there
 */
record OldCopy(RecordId<VolumeRecord> volume, RecordId<PoolRecord> pool, Optional<VolumeId> id) {

    private static final Set<Second.Role> COPIES = Set.of(Second.Role.INCOMING, Second.Role.OUTGOING);

    /** Returns the other copy of a volume, if it has one. */
    static Optional<OldCopy> of(VolumeRecord volume) {
        return volume.second()
                .filter(second -> COPIES.contains(second.role()))
                .map(second -> new OldCopy(
                        volume.id(),
                        second.place().pool(),
                        second.place().externalId().map(ExternalId::value).map(VolumeId::new)));
    }

    /** Returns the copy that evidence tells of. */
    static Optional<OldCopy> of(RecordId<VolumeRecord> volume, Facts evidence) {
        return evidence.find("secondPool")
                .map(pool -> new OldCopy(
                        volume, new RecordId<>(pool), evidence.find("secondId").map(VolumeId::new)));
    }

    /** Returns evidence and what to know of this copy. */
    Facts in(Facts evidence) {
        return evidence.with("secondPool", pool).with("secondId", id);
    }

    /** Removes it, unless a machine has it still; does nothing if it is gone. */
    void remove(Ground ground) throws InterruptedException {
        StoragePool open = ground.pool(pool);
        Optional<VolumeId> there = id.isPresent()
                ? open.find(id.get()).map(Volume::id)
                : open.findNamed(Ground.nameIn(pool, volume)).map(Volume::id);
        if (there.isEmpty()) {
            return;
        }
        for (VolumeUse use : open.uses(there.get())) {
            requireLeft(ground.host(new RecordId<>(use.host().value())), open.attach(there.get(), use));
            open.detach(there.get(), use.host(), use.reason());
        }
        open.delete(there.get());
    }

    private void requireLeft(Hypervisor host, Attachment place) throws InterruptedException {
        VolumeId name = new VolumeId(Ground.nameIn(pool, volume));
        for (Machine machine : host.list()) {
            for (MachineDisk disk : machine.disks()) {
                if (disk.volume().equals(name) || disk.attachment().equals(place)) {
                    throw DriverException.because(Failure.IN_USE)
                            .message(
                                    "machine %s has disk %s, which is the copy in pool %s; it is kept",
                                    machine.name(), disk.volume(), pool);
                }
            }
        }
    }

    /** Writes that there is no second copy, and retires its key unless something else needs it. */
    static void forget(Ground ground, Transaction transaction, RecordId<VolumeRecord> id) {
        transaction.volumes().find(id).filter(volume -> of(volume).isPresent()).ifPresent(volume -> {
            transaction.volumes().update(volume.beside(Optional.empty()).in(VolumeRecord.State.READY));
            volume.second().flatMap(Second::key).ifPresent(key -> ground.keys().release(transaction, key));
        });
    }
}
