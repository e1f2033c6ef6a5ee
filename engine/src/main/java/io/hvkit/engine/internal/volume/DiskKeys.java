package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.hypervisor.spi.KeySource;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** The keys of the disks that a host's machines have of this engine, both copies of one that moves: for a host that has forgotten them. */
public final class DiskKeys implements KeySource {

    private final Catalog catalog;
    private final KeyVault vault;
    private final RecordId<HostRecord> host;

    /** Makes one for a host. */
    public DiskKeys(Catalog catalog, KeyVault vault, RecordId<HostRecord> host) {
        this.catalog = catalog;
        this.vault = vault;
        this.host = host;
    }

    @Override
    public Optional<Secret> find(VolumeId disk) {
        try {
            Optional<RecordId<KeyRecord>> key = catalog.inTransaction(transaction -> key(transaction, disk));
            return key.isPresent() ? Optional.of(vault.open(key.get())) : Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw DriverException.because(Failure.UNREACHABLE)
                    .effect(Effect.NOT_APPLIED)
                    .causedBy(e)
                    .message("interrupted while the key of disk %s was looked for", disk);
        }
    }

    private Optional<RecordId<KeyRecord>> key(Transaction transaction, VolumeId disk) {
        for (RecordId<VolumeRecord> id : disks(transaction)) {
            VolumeRecord volume = transaction.volumes().require(id);
            if (isCalled(disk, volume, volume.place())) {
                return volume.key();
            }
            Optional<VolumeRecord.Second> second = volume.second();
            if (second.isPresent() && isCalled(disk, volume, second.get().place())) {
                return second.get().key();
            }
        }
        return Optional.empty();
    }

    /** Returns the volumes that machines have there, and those of machines that are on their way there. */
    private Set<RecordId<VolumeRecord>> disks(Transaction transaction) {
        Set<RecordId<VolumeRecord>> disks = new LinkedHashSet<>();
        transaction.attachments().where(AttachmentRecord.HOST, host).forEach(use -> disks.add(use.volume()));
        transaction
                .machines()
                .where(MachineRecord.TARGET, host)
                .forEach(machine -> transaction
                        .machineDisks()
                        .where(MachineDiskRecord.MACHINE, machine.id())
                        .forEach(disk -> disks.add(disk.volume())));
        return disks;
    }

    private static boolean isCalled(VolumeId disk, VolumeRecord volume, VolumeRecord.Place place) {
        return disk.value().equals(Ground.nameAt(place, volume.id()));
    }
}
