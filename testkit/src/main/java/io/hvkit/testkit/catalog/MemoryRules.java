package io.hvkit.testkit.catalog;

import io.hvkit.catalog.spi.AccountRecord;
import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.ChainRecord;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.CredentialRecord;
import io.hvkit.catalog.spi.Field;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.ReadingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ReplicaRecord;
import io.hvkit.catalog.spi.ScheduledSnapshotRecord;
import io.hvkit.catalog.spi.SettingRecord;
import io.hvkit.catalog.spi.SnapshotPolicyRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.UsageRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What holds for the records of one kind.
 *
 * @param kind which
 * @param unique fields of which no two records have the same values
 * @param references fields that name other records
 */
record MemoryRules<R extends CatalogRecord<R>>(Kind kind, List<Field<R, ?>> unique, List<Reference<R>> references) {

    /** The kinds of records. */
    enum Kind {
        ZONE,
        CLUSTER,
        HOST,
        POOL,
        KEY,
        VOLUME,
        ATTACHMENT,
        MACHINE,
        MACHINE_DISK,
        SNAPSHOT,
        TEMPLATE,
        CHAIN,
        TEMPLATE_COPY,
        BACKUP,
        CREDENTIAL,
        SETTING,
        OFFERING,
        ACCOUNT,
        HOLDING,
        USAGE,
        REPLICA,
        READING,
        SNAPSHOT_POLICY,
        SCHEDULED_SNAPSHOT
    }

    /** A field that names records of another kind. */
    record Reference<R extends CatalogRecord<R>>(Field<R, ? extends RecordId<?>> field, Kind target) {
        Optional<String> of(R record) {
            return field.of(record).map(RecordId::value);
        }
    }

    static final MemoryRules<ZoneRecord> ZONES = new MemoryRules<>(Kind.ZONE, List.of(ZoneRecord.NAME), List.of());

    static final MemoryRules<ClusterRecord> CLUSTERS = new MemoryRules<>(
            Kind.CLUSTER,
            List.of(ClusterRecord.ZONE, ClusterRecord.NAME),
            List.of(new Reference<>(ClusterRecord.ZONE, Kind.ZONE)));

    static final MemoryRules<HostRecord> HOSTS = new MemoryRules<>(
            Kind.HOST, List.of(HostRecord.NAME), List.of(new Reference<>(HostRecord.CLUSTER, Kind.CLUSTER)));

    static final MemoryRules<PoolRecord> POOLS = new MemoryRules<>(
            Kind.POOL,
            List.of(PoolRecord.NAME),
            List.of(
                    new Reference<>(PoolRecord.ZONE, Kind.ZONE),
                    new Reference<>(PoolRecord.CLUSTER, Kind.CLUSTER),
                    new Reference<>(PoolRecord.HOST, Kind.HOST),
                    new Reference<>(PoolRecord.PARENT, Kind.POOL)));

    static final MemoryRules<KeyRecord> KEYS = new MemoryRules<>(Kind.KEY, List.of(), List.of());

    static final MemoryRules<VolumeRecord> VOLUMES = new MemoryRules<>(
            Kind.VOLUME,
            List.of(VolumeRecord.NAME),
            List.of(
                    new Reference<>(VolumeRecord.POOL, Kind.POOL),
                    new Reference<>(VolumeRecord.KEY, Kind.KEY),
                    new Reference<>(VolumeRecord.SECOND_POOL, Kind.POOL),
                    new Reference<>(VolumeRecord.SECOND_KEY, Kind.KEY)));

    static final MemoryRules<AttachmentRecord> ATTACHMENTS = new MemoryRules<>(
            Kind.ATTACHMENT,
            List.of(AttachmentRecord.VOLUME, AttachmentRecord.MACHINE),
            List.of(
                    new Reference<>(AttachmentRecord.VOLUME, Kind.VOLUME),
                    new Reference<>(AttachmentRecord.HOST, Kind.HOST)));

    static final MemoryRules<MachineRecord> MACHINES = new MemoryRules<>(
            Kind.MACHINE,
            List.of(MachineRecord.NAME),
            List.of(
                    new Reference<>(MachineRecord.ZONE, Kind.ZONE),
                    new Reference<>(MachineRecord.HOST, Kind.HOST),
                    new Reference<>(MachineRecord.TARGET, Kind.HOST)));

    static final MemoryRules<MachineDiskRecord> MACHINE_DISKS = new MemoryRules<>(
            Kind.MACHINE_DISK,
            List.of(MachineDiskRecord.VOLUME),
            List.of(
                    new Reference<>(MachineDiskRecord.MACHINE, Kind.MACHINE),
                    new Reference<>(MachineDiskRecord.VOLUME, Kind.VOLUME)));

    static final MemoryRules<SnapshotRecord> SNAPSHOTS = new MemoryRules<>(
            Kind.SNAPSHOT,
            List.of(SnapshotRecord.NAME),
            List.of(
                    new Reference<>(SnapshotRecord.VOLUME, Kind.VOLUME),
                    new Reference<>(SnapshotRecord.KEY, Kind.KEY),
                    new Reference<>(SnapshotRecord.CHAIN, Kind.CHAIN),
                    new Reference<>(SnapshotRecord.TAKEN_IN, Kind.POOL)));

    static final MemoryRules<TemplateRecord> TEMPLATES = new MemoryRules<>(
            Kind.TEMPLATE, List.of(TemplateRecord.NAME), List.of(new Reference<>(TemplateRecord.KEY, Kind.KEY)));

    static final MemoryRules<TemplateCopyRecord> TEMPLATE_COPIES = new MemoryRules<>(
            Kind.TEMPLATE_COPY,
            List.of(TemplateCopyRecord.TEMPLATE, TemplateCopyRecord.ZONE, TemplateCopyRecord.POOL),
            List.of(
                    new Reference<>(TemplateCopyRecord.TEMPLATE, Kind.TEMPLATE),
                    new Reference<>(TemplateCopyRecord.ZONE, Kind.ZONE),
                    new Reference<>(TemplateCopyRecord.POOL, Kind.POOL)));

    static final MemoryRules<BackupRecord> BACKUPS = new MemoryRules<>(
            Kind.BACKUP,
            List.of(BackupRecord.NAME),
            List.of(
                    new Reference<>(BackupRecord.VOLUME, Kind.VOLUME),
                    new Reference<>(BackupRecord.KEY, Kind.KEY),
                    new Reference<>(BackupRecord.CHAIN, Kind.CHAIN),
                    new Reference<>(BackupRecord.STORE, Kind.POOL),
                    new Reference<>(BackupRecord.PARENT, Kind.BACKUP)));

    static final MemoryRules<ChainRecord> CHAINS =
            new MemoryRules<>(Kind.CHAIN, List.of(), List.of(new Reference<>(ChainRecord.POOL, Kind.POOL)));

    static final MemoryRules<ReplicaRecord> REPLICAS = new MemoryRules<>(
            Kind.REPLICA,
            List.of(ReplicaRecord.SNAPSHOT, ReplicaRecord.LAYER),
            List.of(
                    new Reference<>(ReplicaRecord.CHAIN, Kind.CHAIN),
                    new Reference<>(ReplicaRecord.SNAPSHOT, Kind.SNAPSHOT),
                    new Reference<>(ReplicaRecord.LAYER, Kind.BACKUP)));

    static final MemoryRules<ReadingRecord> READINGS = new MemoryRules<>(
            Kind.READING,
            List.of(),
            List.of(
                    new Reference<>(ReadingRecord.CHAIN, Kind.CHAIN),
                    new Reference<>(ReadingRecord.LAYER, Kind.BACKUP),
                    new Reference<>(ReadingRecord.POOL, Kind.POOL)));

    static final MemoryRules<SnapshotPolicyRecord> SNAPSHOT_POLICIES = new MemoryRules<>(
            Kind.SNAPSHOT_POLICY, List.of(), List.of(new Reference<>(SnapshotPolicyRecord.STORE, Kind.POOL)));

    static final MemoryRules<ScheduledSnapshotRecord> SCHEDULED_SNAPSHOTS = new MemoryRules<>(
            Kind.SCHEDULED_SNAPSHOT,
            List.of(),
            List.of(new Reference<>(ScheduledSnapshotRecord.POLICY, Kind.SNAPSHOT_POLICY)));

    static final MemoryRules<CredentialRecord> CREDENTIALS = new MemoryRules<>(
            Kind.CREDENTIAL,
            List.of(),
            List.of(
                    new Reference<>(CredentialRecord.HOST, Kind.HOST),
                    new Reference<>(CredentialRecord.POOL, Kind.POOL),
                    new Reference<>(CredentialRecord.KEY, Kind.KEY)));

    static final MemoryRules<SettingRecord> SETTINGS = new MemoryRules<>(
            Kind.SETTING,
            List.of(),
            List.of(
                    new Reference<>(SettingRecord.ZONE, Kind.ZONE),
                    new Reference<>(SettingRecord.CLUSTER, Kind.CLUSTER),
                    new Reference<>(SettingRecord.POOL, Kind.POOL)));

    static final MemoryRules<OfferingRecord> OFFERINGS =
            new MemoryRules<>(Kind.OFFERING, List.of(OfferingRecord.NAME), List.of());

    static final MemoryRules<AccountRecord> ACCOUNTS =
            new MemoryRules<>(Kind.ACCOUNT, List.of(AccountRecord.PATH), List.of());

    static final MemoryRules<HoldingRecord> HOLDINGS = new MemoryRules<>(
            Kind.HOLDING,
            List.of(HoldingRecord.THING),
            List.of(
                    new Reference<>(HoldingRecord.ACCOUNT, Kind.ACCOUNT),
                    new Reference<>(HoldingRecord.OFFERING, Kind.OFFERING)));

    static final MemoryRules<UsageRecord> USAGE = new MemoryRules<>(Kind.USAGE, List.of(), List.of());

    private static final List<MemoryRules<?>> ALL = List.of(
            ZONES,
            CLUSTERS,
            HOSTS,
            POOLS,
            KEYS,
            VOLUMES,
            ATTACHMENTS,
            SNAPSHOTS,
            TEMPLATES,
            TEMPLATE_COPIES,
            BACKUPS,
            CREDENTIALS,
            SETTINGS,
            OFFERINGS,
            ACCOUNTS,
            HOLDINGS,
            USAGE,
            CHAINS,
            REPLICAS,
            READINGS,
            SNAPSHOT_POLICIES,
            SCHEDULED_SNAPSHOTS,
            MACHINES,
            MACHINE_DISKS);

    /** Returns a record that refers to the one of that kind and id, in words, if one does. */
    static Optional<String> userOf(Kind target, String id, MemoryState state) {
        return ALL.stream()
                .flatMap(rules -> rules.users(target, id, state).stream())
                .findFirst();
    }

    private Optional<String> users(Kind target, String id, MemoryState state) {
        return all(state).stream()
                .filter(record -> references.stream()
                        .filter(reference -> reference.target == target)
                        .anyMatch(reference -> reference.of(record).equals(Optional.of(id))))
                .map(this::named)
                .findFirst();
    }

    /** Returns the records of this kind, ordered by id. */
    List<R> all(MemoryState state) {
        return state.of(kind).values().stream().map(this::mine).toList();
    }

    /** Returns the record of this kind and id, if there is one. */
    Optional<R> find(String id, MemoryState state) {
        return Optional.ofNullable(state.of(kind).get(id)).map(this::mine);
    }

    @SuppressWarnings("unchecked") // a kind's table holds records of that kind alone
    private R mine(CatalogRecord<?> record) {
        return (R) record;
    }

    /** Returns whether two records must not be kept together. */
    boolean collide(R one, R other) {
        return !unique.isEmpty()
                && unique.stream().allMatch(field -> field.of(one).equals(field.of(other)));
    }

    String named(R record) {
        return named(record.id().value());
    }

    String named(String id) {
        return "the " + kind.name().toLowerCase(Locale.ROOT).replace('_', ' ') + " " + id;
    }
}
