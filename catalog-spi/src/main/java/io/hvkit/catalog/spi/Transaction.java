package io.hvkit.catalog.spi;

import io.hvkit.core.Incubating;

/** The records and the journal within one transaction; used by the thread it was lent to, and not after the work has returned. */
@Incubating(since = "0.1")
public interface Transaction {

    /** Returns the zones. */
    Table<ZoneRecord> zones();

    /** Returns the clusters. */
    Table<ClusterRecord> clusters();

    /** Returns the hosts. */
    Table<HostRecord> hosts();

    /** Returns the pools. */
    Table<PoolRecord> pools();

    /** Returns the volumes. */
    Table<VolumeRecord> volumes();

    /** Returns which machine uses which volume on which host. */
    Table<AttachmentRecord> attachments();

    /** Returns the machines. */
    Table<MachineRecord> machines();

    /** Returns which volumes are disks of which machines. */
    Table<MachineDiskRecord> machineDisks();

    /** Returns the snapshots. */
    Table<SnapshotRecord> snapshots();

    /** Returns the templates. */
    Table<TemplateRecord> templates();

    /** Returns the copies of templates in pools. */
    Table<TemplateCopyRecord> templateCopies();

    /** Returns the backups. */
    Table<BackupRecord> backups();

    /** Returns the chains of snapshots, one for each volume that has some. */
    Table<ChainRecord> chains();

    /** Returns the copies of snapshots. */
    Table<ReplicaRecord> replicas();

    /** Returns which layers are being read. */
    Table<ReadingRecord> readings();

    /** Returns when snapshots are taken by themselves. */
    Table<SnapshotPolicyRecord> snapshotPolicies();

    /** Returns which snapshots were taken by themselves. */
    Table<ScheduledSnapshotRecord> scheduledSnapshots();

    /** Returns the secrets with which hosts and pools are opened. */
    Table<CredentialRecord> credentials();

    /** Returns what operators have set. */
    Table<SettingRecord> settings();

    /** Returns what is offered. */
    Table<OfferingRecord> offerings();

    /** Returns those for whom things are kept. */
    Table<AccountRecord> accounts();

    /** Returns who has what. */
    Table<HoldingRecord> holdings();

    /** Returns how what somebody has has changed. */
    Table<UsageRecord> usage();

    /** Returns the wrapped keys. */
    Table<KeyRecord> keys();

    /** Returns the journal of operations. */
    Journal journal();
}
