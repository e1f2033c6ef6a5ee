package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Second;
import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The copy of a volume that its record names beside the one that counts: what made the other one has left it, or is about to.
 *
 * @param volume the volume
 * @param pool where it is
 * @param home the pool in which it was made
 * @param number which of the volume's copies of that home it is
 * @param id what its pool calls it, if it was seen there
 */
record OldCopy(
        RecordId<VolumeRecord> volume,
        RecordId<PoolRecord> pool,
        RecordId<PoolRecord> home,
        int number,
        Optional<VolumeId> id) {

    private static final Set<Second.Role> COPIES = Set.of(Second.Role.INCOMING, Second.Role.OUTGOING);

    /** Returns the other copy of a volume, if it has one. */
    static Optional<OldCopy> of(VolumeRecord volume) {
        return volume.second()
                .filter(second -> COPIES.contains(second.role()))
                .map(second -> new OldCopy(
                        volume.id(),
                        second.place().pool(),
                        second.place().home(),
                        second.place().copy(),
                        second.place().externalId().map(ExternalId::value).map(VolumeId::new)));
    }

    /** Returns the copy that evidence tells of. */
    static Optional<OldCopy> of(RecordId<VolumeRecord> volume, Facts evidence) {
        return evidence.find("secondPool")
                .map(pool -> new OldCopy(
                        volume,
                        new RecordId<>(pool),
                        new RecordId<>(evidence.find("secondHome").orElse(pool)),
                        evidence.find("secondCopy").map(Integer::parseInt).orElse(0),
                        evidence.find("secondId").map(VolumeId::new)));
    }

    /** Returns evidence and what to know of this copy. */
    Facts in(Facts evidence) {
        return evidence.with("secondPool", pool)
                .with("secondHome", home)
                .with("secondCopy", number)
                .with("secondId", id);
    }

    private String name() {
        return Ground.nameIn(home, volume, number);
    }

    /**
     * Removes it; does nothing if it is gone.
     *
     * @throws DriverException with {@code IN_USE} if a machine has it still, with {@code CORRUPT_DATA} if it is the copy that counts, or
     *     another volume by now; it is kept then
     */
    void remove(Ground ground) throws InterruptedException {
        StoragePool open = ground.pool(pool);
        Optional<Volume> found = id.isPresent() ? open.find(id.get()) : open.findNamed(name());
        if (found.isEmpty()) {
            return;
        }
        CountingCopy counting = CountingCopy.of(ground.volume(volume));
        counting.requireOther(pool, name(), found.get());
        VolumeId there = found.get().id();
        Set<RecordId<HostRecord>> asked = new HashSet<>();
        for (VolumeUse use : open.uses(there)) {
            requireLeft(ground, open.attach(there, use), use);
            open.detach(there, use.host(), use.reason());
            asked.add(new RecordId<>(use.host().value()));
        }
        if (counting.pool().equals(pool)) {
            askTheOthers(ground, open, there, asked);
        }
        open.delete(there);
    }

    /** A host with a machine that has the other copy reaches this one, too, even if its pool knows of no use. */
    private void askTheOthers(Ground ground, StoragePool open, VolumeId there, Set<RecordId<HostRecord>> asked)
            throws InterruptedException {
        for (AttachmentRecord known : ground.catalog().inTransaction(transaction -> Ground.uses(transaction, volume))) {
            if (asked.add(known.host())) {
                VolumeUse use = VolumeUse.by(new HostId(known.host().value()));
                requireLeft(ground, open.attach(there, use), use);
                open.detach(there, use.host(), use.reason());
            }
        }
    }

    private void requireLeft(Ground ground, Attachment place, VolumeUse use) throws InterruptedException {
        Hypervisor host = ground.host(new RecordId<>(use.host().value()));
        VolumeId name = new VolumeId(name());
        for (Machine machine : host.list()) {
            Disks.requireNotFrozen(host, machine.id(), name, () -> place);
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
