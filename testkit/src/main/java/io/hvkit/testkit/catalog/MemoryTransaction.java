package io.hvkit.testkit.catalog;

import io.hvkit.catalog.spi.AccountRecord;
import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.ChainRecord;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.CredentialRecord;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.Journal;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.ReadingRecord;
import io.hvkit.catalog.spi.ReplicaRecord;
import io.hvkit.catalog.spi.ScheduledSnapshotRecord;
import io.hvkit.catalog.spi.SettingRecord;
import io.hvkit.catalog.spi.SnapshotPolicyRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.UsageRecord;
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
    public Table<ChainRecord> chains() {
        return table(MemoryRules.CHAINS);
    }

    @Override
    public Table<ReplicaRecord> replicas() {
        return table(MemoryRules.REPLICAS);
    }

    @Override
    public Table<ReadingRecord> readings() {
        return table(MemoryRules.READINGS);
    }

    @Override
    public Table<SnapshotPolicyRecord> snapshotPolicies() {
        return table(MemoryRules.SNAPSHOT_POLICIES);
    }

    @Override
    public Table<ScheduledSnapshotRecord> scheduledSnapshots() {
        return table(MemoryRules.SCHEDULED_SNAPSHOTS);
    }

    @Override
    public Table<CredentialRecord> credentials() {
        return table(MemoryRules.CREDENTIALS);
    }

    @Override
    public Table<SettingRecord> settings() {
        return table(MemoryRules.SETTINGS);
    }

    @Override
    public Table<OfferingRecord> offerings() {
        return table(MemoryRules.OFFERINGS);
    }

    @Override
    public Table<AccountRecord> accounts() {
        return table(MemoryRules.ACCOUNTS);
    }

    @Override
    public Table<HoldingRecord> holdings() {
        return table(MemoryRules.HOLDINGS);
    }

    @Override
    public Table<UsageRecord> usage() {
        return table(MemoryRules.USAGE);
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
