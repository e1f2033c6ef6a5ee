package io.hvkit.catalog.jdbc.internal;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.CredentialRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.SettingRecord;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.WrappedBytes;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Sha256;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** How each kind of record lies in its table. */
final class Mappings {

    static final Mapping<ZoneRecord> ZONES = Mapping.of(
                    "zones", "zone", row -> new ZoneRecord(row.id("id"), row.number("version"), row.text("name")))
            .found("name", ZoneRecord.NAME)
            .unique("name");

    static final Mapping<ClusterRecord> CLUSTERS = Mapping.of(
                    "clusters",
                    "cluster",
                    row -> new ClusterRecord(
                            row.id("id"),
                            row.number("version"),
                            row.id("zone"),
                            row.text("name"),
                            row.text("hypervisor_type"),
                            row.one(ClusterRecord.Policy.class, "policy")))
            .refers("zone", ClusterRecord.ZONE, "zones")
            .found("name", ClusterRecord.NAME)
            .unique("zone", "name")
            .text("hypervisor_type", ClusterRecord::hypervisorType)
            .word("policy", ClusterRecord::policy);

    static final Mapping<HostRecord> HOSTS = Mapping.of(
                    "hosts",
                    "host",
                    row -> new HostRecord(
                            row.id("id"),
                            row.number("version"),
                            row.id("cluster"),
                            row.text("name"),
                            row.facts("options"),
                            row.one(Standing.class, "standing"),
                            row.optional("dedicated_to"),
                            row.sighting()))
            .refers("cluster", HostRecord.CLUSTER, "clusters")
            .found("name", HostRecord.NAME)
            .unique("name")
            .facts("options", HostRecord::options)
            .word("standing", HostRecord::standing)
            .optionalText("dedicated_to", HostRecord::dedicatedTo)
            .sighting(HostRecord::seen);

    static final Mapping<PoolRecord> POOLS = Mapping.of(
                    "pools",
                    "pool",
                    row -> new PoolRecord(
                            row.id("id"),
                            row.number("version"),
                            row.reach(),
                            row.text("name"),
                            row.text("type"),
                            row.facts("options"),
                            row.one(Standing.class, "standing"),
                            row.sighting(),
                            row.optional("identity"),
                            row.membership()))
            .refers("zone", PoolRecord.ZONE, "zones")
            .refers("cluster", PoolRecord.CLUSTER, "clusters")
            .refers("host", PoolRecord.HOST, "hosts")
            .foundIn(List.of("zone", "cluster", "host"), PoolRecord.REACH)
            .found("name", PoolRecord.NAME)
            .unique("name")
            .text("type", PoolRecord::type)
            .facts("options", PoolRecord::options)
            .word("standing", PoolRecord::standing)
            .sighting(PoolRecord::seen)
            .found("identity", PoolRecord.IDENTITY)
            .refers("parent", PoolRecord.PARENT, "pools")
            .number("absences", pool -> (long)
                    pool.membership().map(PoolRecord.Membership::absences).orElse(0));

    static final Mapping<KeyRecord> KEYS = Mapping.of(
                    "wrapped_keys",
                    "key",
                    row -> new KeyRecord(
                            row.id("id"),
                            row.number("version"),
                            row.one(KeyRecord.State.class, "state"),
                            row.text("master_key"),
                            WrappedBytes.of(row.bytes("wrapped").orElseThrow(IllegalArgumentException::new)),
                            row.moment("created_at"),
                            row.optionalMoment("retired_at")))
            .found("state", KeyRecord.STATE)
            .found("master_key", KeyRecord.MASTER_KEY)
            .bytes("wrapped", key -> key.wrapped().bytes())
            .moment("created_at", KeyRecord::createdAt)
            .optionalMoment("retired_at", KeyRecord::retiredAt);

    static final Mapping<VolumeRecord> VOLUMES = Mapping.of("volumes", "volume", Mappings::volume)
            .found("name", VolumeRecord.NAME)
            .unique("name")
            .found("state", VolumeRecord.STATE)
            .refers("pool", VolumeRecord.POOL, "pools")
            .place("", volume -> Optional.of(volume.place()))
            .foundIn(List.of("disk_uuid"), VolumeRecord.DISK_UUID)
            .number("size_bytes", volume -> volume.size().bytes())
            .refers("wrapped_key", VolumeRecord.KEY, "wrapped_keys")
            .optionalText(
                    "second_role",
                    volume -> volume.second().map(second -> second.role().name()))
            .refers("second_pool", VolumeRecord.SECOND_POOL, "pools")
            .place("second_", volume -> volume.second().map(VolumeRecord.Second::place))
            .refers("second_key", VolumeRecord.SECOND_KEY, "wrapped_keys")
            .moment("created_at", VolumeRecord::createdAt);

    static final Mapping<AttachmentRecord> ATTACHMENTS = Mapping.of(
                    "attachments",
                    "attachment",
                    row -> new AttachmentRecord(
                            row.id("id"),
                            row.number("version"),
                            row.id("volume"),
                            row.id("host"),
                            new MachineId(row.text("machine"))))
            .refers("volume", AttachmentRecord.VOLUME, "volumes")
            .refers("host", AttachmentRecord.HOST, "hosts")
            .found("machine", AttachmentRecord.MACHINE)
            .unique("volume", "machine");

    static final Mapping<MachineRecord> MACHINES = Mapping.of(
                    "machines",
                    "machine",
                    row -> new MachineRecord(
                            row.id("id"),
                            row.number("version"),
                            row.text("name"),
                            row.one(MachineRecord.State.class, "state"),
                            row.id("zone"),
                            new MachineRecord.Needs(row.count("cpus"), row.size("memory_bytes")),
                            row.facts("devices"),
                            row.optionalId("host"),
                            row.optionalId("target"),
                            row.moment("created_at")))
            .found("name", MachineRecord.NAME)
            .unique("name")
            .word("state", MachineRecord::state)
            .refers("zone", MachineRecord.ZONE, "zones")
            .number("cpus", machine -> (long) machine.needs().cpus())
            .number("memory_bytes", machine -> machine.needs().memory().bytes())
            .facts("devices", MachineRecord::devices)
            .refers("host", MachineRecord.HOST, "hosts")
            .refers("target", MachineRecord.TARGET, "hosts")
            .moment("created_at", MachineRecord::createdAt);

    static final Mapping<MachineDiskRecord> MACHINE_DISKS = Mapping.of(
                    "machine_disks",
                    "machine disk",
                    row -> new MachineDiskRecord(
                            row.id("id"),
                            row.number("version"),
                            row.id("machine"),
                            row.id("volume"),
                            row.count("position"),
                            OverlayFacts.read(row.facts("overlays"))))
            .refers("machine", MachineDiskRecord.MACHINE, "machines")
            .refers("volume", MachineDiskRecord.VOLUME, "volumes")
            .unique("volume")
            .number("position", disk -> (long) disk.position())
            .facts("overlays", disk -> OverlayFacts.of(disk.overlays()));

    static final Mapping<TemplateRecord> TEMPLATES = Mapping.of(
                    "templates",
                    "template",
                    row -> new TemplateRecord(
                            row.id("id"),
                            row.number("version"),
                            row.text("name"),
                            new TemplateRecord.Content(
                                    row.one(ImageFormat.class, "format"),
                                    row.optional("digest").map(Sha256::new),
                                    row.optionalSize("size_bytes")),
                            row.optional("source"),
                            row.optionalId("wrapped_key"),
                            row.moment("created_at")))
            .found("name", TemplateRecord.NAME)
            .unique("name")
            .word("format", template -> template.content().format())
            .found("digest", TemplateRecord.DIGEST)
            .optionalNumber("size_bytes", template -> template.content().size().map(ByteSize::bytes))
            .optionalText("source", TemplateRecord::source)
            .refers("wrapped_key", TemplateRecord.KEY, "wrapped_keys")
            .moment("created_at", TemplateRecord::createdAt);

    static final Mapping<TemplateCopyRecord> TEMPLATE_COPIES = Mapping.of(
                    "template_copies",
                    "template copy",
                    row -> new TemplateCopyRecord(
                            row.id("id"),
                            row.number("version"),
                            row.id("template"),
                            row.id("zone"),
                            row.one(TemplateCopyRecord.State.class, "state"),
                            row.place("")))
            .refers("template", TemplateCopyRecord.TEMPLATE, "templates")
            .refers("zone", TemplateCopyRecord.ZONE, "zones")
            .refers("pool", TemplateCopyRecord.POOL, "pools")
            .unique("template", "zone", "pool")
            .word("state", TemplateCopyRecord::state)
            .place("", copy -> Optional.of(copy.place()));

    static final Mapping<CredentialRecord> CREDENTIALS = Mapping.of(
                    "credentials",
                    "credential",
                    row -> new CredentialRecord(
                            row.id("id"),
                            row.number("version"),
                            row.optionalId("host"),
                            row.optionalId("pool"),
                            row.text("option_name"),
                            row.id("wrapped_key")))
            .refers("host", CredentialRecord.HOST, "hosts")
            .refers("pool", CredentialRecord.POOL, "pools")
            .text("option_name", CredentialRecord::option)
            .refers("wrapped_key", CredentialRecord.KEY, "wrapped_keys");

    static final Mapping<SettingRecord> SETTINGS = Mapping.of(
                    "settings",
                    "setting",
                    row -> new SettingRecord(
                            row.id("id"),
                            row.number("version"),
                            row.text("name"),
                            row.optionalId("zone"),
                            row.optionalId("cluster"),
                            row.optionalId("pool"),
                            row.text("setting_value")))
            .found("name", SettingRecord.NAME)
            .refers("zone", SettingRecord.ZONE, "zones")
            .refers("cluster", SettingRecord.CLUSTER, "clusters")
            .refers("pool", SettingRecord.POOL, "pools")
            .text("setting_value", SettingRecord::value);

    /** All tables of records, in an order in which none refers to a later one. */
    static final List<Mapping<?>> ALL = List.of(
            ZONES,
            CLUSTERS,
            HOSTS,
            POOLS,
            KEYS,
            VOLUMES,
            ATTACHMENTS,
            ChainMappings.CHAINS,
            MACHINES,
            MACHINE_DISKS,
            ChainMappings.SNAPSHOTS,
            TEMPLATES,
            TEMPLATE_COPIES,
            ChainMappings.BACKUPS,
            ChainMappings.REPLICAS,
            ChainMappings.READINGS,
            ChainMappings.SNAPSHOT_POLICIES,
            ChainMappings.SCHEDULED_SNAPSHOTS,
            CREDENTIALS,
            SETTINGS,
            HoldingMappings.OFFERINGS,
            HoldingMappings.ACCOUNTS,
            HoldingMappings.HOLDINGS,
            HoldingMappings.USAGE,
            OperationMapping.OPERATIONS);

    private Mappings() {}

    private static VolumeRecord volume(Row row) throws SQLException {
        Optional<VolumeRecord.Second> second = Optional.empty();
        if (row.optional("second_role").isPresent()) {
            second = Optional.of(new VolumeRecord.Second(
                    row.one(VolumeRecord.Second.Role.class, "second_role"),
                    row.place("second_"),
                    row.optionalId("second_key")));
        }
        return new VolumeRecord(
                row.id("id"),
                row.number("version"),
                row.text("name"),
                row.one(VolumeRecord.State.class, "state"),
                row.place(""),
                row.size("size_bytes"),
                row.optionalId("wrapped_key"),
                second,
                row.moment("created_at"));
    }
}
