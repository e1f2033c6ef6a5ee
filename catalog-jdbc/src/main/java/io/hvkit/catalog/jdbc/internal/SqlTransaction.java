package io.hvkit.catalog.jdbc.internal;

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

/** The tables of one transaction. */
record SqlTransaction(Session session, TablePrefix prefix) implements Transaction {

    private <R extends CatalogRecord<R>> Table<R> table(Mapping<R> mapping) {
        return new SqlTable<>(mapping, session, prefix);
    }

    @Override
    public Table<ZoneRecord> zones() {
        return table(Mappings.ZONES);
    }

    @Override
    public Table<ClusterRecord> clusters() {
        return table(Mappings.CLUSTERS);
    }

    @Override
    public Table<HostRecord> hosts() {
        return table(Mappings.HOSTS);
    }

    @Override
    public Table<PoolRecord> pools() {
        return table(Mappings.POOLS);
    }

    @Override
    public Table<VolumeRecord> volumes() {
        return table(Mappings.VOLUMES);
    }

    @Override
    public Table<AttachmentRecord> attachments() {
        return table(Mappings.ATTACHMENTS);
    }

    @Override
    public Table<MachineRecord> machines() {
        return table(Mappings.MACHINES);
    }

    @Override
    public Table<MachineDiskRecord> machineDisks() {
        return table(Mappings.MACHINE_DISKS);
    }

    @Override
    public Table<SnapshotRecord> snapshots() {
        return table(ChainMappings.SNAPSHOTS);
    }

    @Override
    public Table<TemplateRecord> templates() {
        return table(Mappings.TEMPLATES);
    }

    @Override
    public Table<TemplateCopyRecord> templateCopies() {
        return table(Mappings.TEMPLATE_COPIES);
    }

    @Override
    public Table<BackupRecord> backups() {
        return table(ChainMappings.BACKUPS);
    }

    @Override
    public Table<ChainRecord> chains() {
        return table(ChainMappings.CHAINS);
    }

    @Override
    public Table<ReplicaRecord> replicas() {
        return table(ChainMappings.REPLICAS);
    }

    @Override
    public Table<ReadingRecord> readings() {
        return table(ChainMappings.READINGS);
    }

    @Override
    public Table<SnapshotPolicyRecord> snapshotPolicies() {
        return table(ChainMappings.SNAPSHOT_POLICIES);
    }

    @Override
    public Table<ScheduledSnapshotRecord> scheduledSnapshots() {
        return table(ChainMappings.SCHEDULED_SNAPSHOTS);
    }

    @Override
    public Table<CredentialRecord> credentials() {
        return table(Mappings.CREDENTIALS);
    }

    @Override
    public Table<SettingRecord> settings() {
        return table(Mappings.SETTINGS);
    }

    @Override
    public Table<OfferingRecord> offerings() {
        return table(HoldingMappings.OFFERINGS);
    }

    @Override
    public Table<AccountRecord> accounts() {
        return table(HoldingMappings.ACCOUNTS);
    }

    @Override
    public Table<HoldingRecord> holdings() {
        return table(HoldingMappings.HOLDINGS);
    }

    @Override
    public Table<UsageRecord> usage() {
        return table(HoldingMappings.USAGE);
    }

    @Override
    public Table<KeyRecord> keys() {
        return table(Mappings.KEYS);
    }

    @Override
    public Journal journal() {
        return new SqlJournal(session, prefix);
    }
}
