package io.hvkit.testkit.catalog;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.CredentialRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.Journal;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.time.InstantSource;

/** One transaction; of no use once it is closed, nor to other threads. */
final class MemoryTransaction implements Transaction, AutoCloseable {

    private final MemoryState state;
    private final InstantSource clock;
    private final Thread owner = Thread.currentThread();
    private volatile boolean over;

    MemoryTransaction(MemoryState state, InstantSource clock) {
        this.state = state;
        this.clock = clock;
    }

    private void check() {
        if (over || !owner.equals(Thread.currentThread())) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a transaction is of use to the thread it was lent to, until its work returns");
        }
    }

    private <R extends CatalogRecord<R>> Table<R> table(MemoryRules<R> rules) {
        return new MemoryTable<>(rules, state, this::check);
    }

    @Override
    public Table<ZoneRecord> zones() {
        return table(MemoryRules.ZONES);
    }

    @Override
    public Table<ClusterRecord> clusters() {
        return table(MemoryRules.CLUSTERS);
    }

    @Override
    public Table<HostRecord> hosts() {
        return table(MemoryRules.HOSTS);
    }

    @Override
    public Table<PoolRecord> pools() {
        return table(MemoryRules.POOLS);
    }

    @Override
    public Table<VolumeRecord> volumes() {
        return table(MemoryRules.VOLUMES);
    }

    @Override
    public Table<AttachmentRecord> attachments() {
        return table(MemoryRules.ATTACHMENTS);
    }

    @Override
    public Table<MachineRecord> machines() {
        return table(MemoryRules.MACHINES);
    }

    @Override
    public Table<MachineDiskRecord> machineDisks() {
        return table(MemoryRules.MACHINE_DISKS);
    }

    @Override
    public Table<SnapshotRecord> snapshots() {
        return table(MemoryRules.SNAPSHOTS);
    }

    @Override
    public Table<TemplateRecord> templates() {
        return table(MemoryRules.TEMPLATES);
    }

    @Override
    public Table<TemplateCopyRecord> templateCopies() {
        return table(MemoryRules.TEMPLATE_COPIES);
    }

    @Override
    public Table<BackupRecord> backups() {
        return table(MemoryRules.BACKUPS);
    }

    @Override
    public Table<CredentialRecord> credentials() {
        return table(MemoryRules.CREDENTIALS);
    }

    @Override
    public Table<KeyRecord> keys() {
        return table(MemoryRules.KEYS);
    }

    @Override
    public Journal journal() {
        return new MemoryJournal(state.operations(), clock, this::check);
    }

    @Override
    public void close() {
        over = true;
    }
}
