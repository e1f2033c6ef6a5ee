package io.hvkit.testkit.catalog;

import io.hvkit.catalog.spi.AccountRecord;
import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.ChainRecord;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.MachineDiskRecord.Overlay;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.ReadingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ReplicaRecord;
import io.hvkit.catalog.spi.ScheduledSnapshotRecord;
import io.hvkit.catalog.spi.SnapshotPolicyRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Encryption;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.catalog.spi.WrappedBytes;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DiskUuid;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Sha256;
import io.hvkit.core.VolumeId;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A zone with one cluster, host, pool and key, as they are kept; and records that fit in there. */
record Site(ZoneRecord zone, ClusterRecord cluster, HostRecord host, PoolRecord pool, KeyRecord key) {

    /** To the nanosecond. */
    static final Instant NOW = Instant.parse("2026-02-28T23:59:59.123456789Z");

    static final List<Overlay> OVERLAYS = List.of(
            new Overlay(
                    new VolumeId("over-1"),
                    new Attachment.ImageFile(Path.of("/pool/with a space/over-1")),
                    Overlay.State.LAID),
            new Overlay(
                    new VolumeId("over-2"), new Attachment.BlockDevice(Path.of("/dev/over-2")), Overlay.State.TAKING),
            new Overlay(
                    new VolumeId("over-3"),
                    new Attachment.Remote(URI.create("nbd://host/over-3")),
                    Overlay.State.MERGING));
    static final DiskUuid DISK_UUID = new DiskUuid("60 00 C2 9e a7 e8 26 9c-7d 20 01 02 03 04 05 ff");

    static Site in(Transaction transaction) {
        ZoneRecord zone = transaction.zones().insert(ZoneRecord.named(CatalogCases.unique("zone")));
        ClusterRecord cluster =
                transaction.clusters().insert(ClusterRecord.named(CatalogCases.unique("cluster"), zone.id(), "kvm"));
        Facts options = Facts.of(Map.of("uri", "qemu:///system", "empty", ""));
        HostRecord host =
                transaction.hosts().insert(HostRecord.named(CatalogCases.unique("host"), cluster.id(), options, NOW));
        PoolRecord.Reach reach = new PoolRecord.Reach(zone.id(), Optional.of(cluster.id()), Optional.of(host.id()));
        PoolRecord pool = transaction
                .pools()
                .insert(PoolRecord.named(CatalogCases.unique("pool"), reach, "directory", options, NOW));
        return new Site(zone, cluster, host, pool, transaction.keys().insert(key(CatalogCases.unique("master"))));
    }

    static KeyRecord key(String masterKey) {
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        return new KeyRecord(
                RecordId.random(), 0, KeyRecord.State.ACTIVE, masterKey, WrappedBytes.of(bytes), NOW, Optional.empty());
    }

    /** Returns a pool beside the site's, which is not kept yet. */
    PoolRecord anotherPool() {
        PoolRecord.Reach reach = new PoolRecord.Reach(zone.id(), Optional.empty(), Optional.empty());
        return PoolRecord.named(CatalogCases.unique("pool"), reach, "nfs", Facts.NONE, NOW);
    }

    Place place() {
        return Place.first(pool.id(), ImageFormat.QCOW2);
    }

    Place encryptedPlace() {
        return new Place(
                pool.id(),
                new RecordId<>("a-pool-that-is-gone"),
                7,
                ImageFormat.LUKS,
                Optional.of(new ExternalId("directory", "path", "/srv/a b/ü.luks", NOW)),
                Optional.of(new Encryption("luks1", "aes-xts-plain64 in two slots")),
                Optional.of(DISK_UUID));
    }

    /** Returns a volume without anything that it may lack. */
    VolumeRecord volume() {
        return new VolumeRecord(
                RecordId.random(),
                0,
                CatalogCases.unique("volume"),
                VolumeRecord.State.READY,
                place(),
                ByteSize.mebibytes(1),
                Optional.empty(),
                Optional.empty(),
                NOW);
    }

    /** Returns a volume with all that one may have. */
    VolumeRecord encryptedVolume() {
        VolumeRecord.Second second = new VolumeRecord.Second(
                VolumeRecord.Second.Role.INCOMING, encryptedPlace().ofCopy(8), Optional.of(key.id()));
        return volume().at(encryptedPlace())
                .openedWith(Optional.of(key.id()))
                .of(ByteSize.bytes(Long.MAX_VALUE))
                .beside(Optional.of(second));
    }

    AttachmentRecord attachment(VolumeRecord volume) {
        return AttachmentRecord.of(volume.id(), host.id(), new MachineId(CatalogCases.unique("machine")));
    }

    /** Returns a machine that is stopped. */
    MachineRecord machine() {
        return new MachineRecord(
                RecordId.random(),
                0,
                CatalogCases.unique("machine"),
                MachineRecord.State.STOPPED,
                zone.id(),
                new MachineRecord.Needs(2, ByteSize.gibibytes(4)),
                Facts.of("nic", "network default"),
                Optional.empty(),
                Optional.empty(),
                NOW);
    }

    SnapshotRecord snapshot(Optional<RecordId<VolumeRecord>> volume, Optional<RecordId<KeyRecord>> ofKey) {
        return new SnapshotRecord(RecordId.random(), 0, volume, CatalogCases.unique("snapshot"), ofKey, NOW);
    }

    BackupRecord backup(Optional<RecordId<VolumeRecord>> volume, Optional<RecordId<KeyRecord>> ofKey) {
        return new BackupRecord(RecordId.random(), 0, volume, CatalogCases.unique("backup"), ofKey, NOW);
    }

    ChainRecord chain(VolumeRecord volume) {
        return new ChainRecord(ChainRecord.idOf(volume.id()), 0, pool.id(), ChainRecord.Life.PRESENT, Long.MAX_VALUE);
    }

    /** Returns a snapshot in a chain. */
    SnapshotRecord snapshot(ChainRecord chain) {
        return snapshot(Optional.empty(), Optional.empty())
                .chained(new SnapshotRecord.Chained(
                        chain.id(),
                        7,
                        pool.id(),
                        SnapshotRecord.State.BACKED_UP,
                        SnapshotRecord.Usage.RUNNING,
                        ByteSize.bytes(Long.MAX_VALUE),
                        SnapshotRecord.Consistency.FILE_SYSTEM_CONSISTENT));
    }

    /** Returns a layer of a chain. */
    BackupRecord layer(ChainRecord chain, Optional<RecordId<BackupRecord>> parent) {
        return backup(Optional.empty(), Optional.of(key.id()))
                .standing(new BackupRecord.Layer(
                        chain.id(),
                        pool.id(),
                        parent,
                        BackupRecord.State.READY,
                        Optional.of("a checkpoint"),
                        Optional.of(ByteSize.bytes(Long.MAX_VALUE)),
                        Optional.of("nobody noted what was written")));
    }

    ReplicaRecord replica(SnapshotRecord snapshot, BackupRecord layer) {
        return new ReplicaRecord(
                RecordId.random(),
                0,
                layer.layer().orElseThrow().chain(),
                snapshot.id(),
                layer.id(),
                ReplicaRecord.State.CREATING);
    }

    SnapshotPolicyRecord policy() {
        Facts terms = Facts.of("zone", "Asia/Colombo").with("daily", "7 DAY 02:00");
        return new SnapshotPolicyRecord(RecordId.random(), 0, pool.id(), terms);
    }

    static ScheduledSnapshotRecord scheduled(SnapshotPolicyRecord policy) {
        return new ScheduledSnapshotRecord(RecordId.random(), 0, policy.id(), NOW, "daily weekly");
    }

    ReadingRecord reading(BackupRecord layer) {
        return new ReadingRecord(
                RecordId.random(), 0, layer.layer().orElseThrow().chain(), "a snapshot", layer.id(), pool.id());
    }

    /** Returns a template of which nothing is known but its name and format. */
    TemplateRecord template(Optional<RecordId<KeyRecord>> ofKey) {
        return new TemplateRecord(
                RecordId.random(),
                0,
                CatalogCases.unique("template"),
                new TemplateRecord.Content(ImageFormat.QCOW2, Optional.empty(), Optional.empty()),
                Optional.empty(),
                ofKey,
                NOW);
    }

    /** Returns a template with all that one may have. */
    TemplateRecord wholeTemplate() {
        return new TemplateRecord(
                RecordId.random(),
                0,
                CatalogCases.unique("template"),
                new TemplateRecord.Content(
                        ImageFormat.RAW,
                        Optional.of(Sha256.of(CatalogCases.unique("image").getBytes(StandardCharsets.US_ASCII))),
                        Optional.of(ByteSize.gibibytes(2))),
                Optional.of("https://images.example/debian 12.qcow2"),
                Optional.of(key.id()),
                NOW);
    }

    TemplateCopyRecord copyOf(TemplateRecord template, Place place) {
        return new TemplateCopyRecord(
                RecordId.random(), 0, template.id(), zone.id(), TemplateCopyRecord.State.LOADING, place);
    }

    static OfferingRecord offering() {
        return OfferingRecord.named(
                CatalogCases.unique("offering"), OfferingRecord.Kind.DISK, Facts.of("protection", "ENCRYPTED"));
    }

    static AccountRecord account() {
        return AccountRecord.named("acme/" + CatalogCases.unique("account"));
    }

    static HoldingRecord holding(AccountRecord account, Optional<RecordId<OfferingRecord>> offering) {
        return HoldingRecord.reserved(
                CatalogCases.unique("volume:v"), account.id(), offering, Amounts.of("primary_storage", Long.MAX_VALUE));
    }
}
