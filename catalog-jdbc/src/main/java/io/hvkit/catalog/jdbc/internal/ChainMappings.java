package io.hvkit.catalog.jdbc.internal;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.ChainRecord;
import io.hvkit.catalog.spi.ReadingRecord;
import io.hvkit.catalog.spi.ReplicaRecord;
import io.hvkit.catalog.spi.ScheduledSnapshotRecord;
import io.hvkit.catalog.spi.SnapshotPolicyRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.SnapshotRecord.Chained;
import io.hvkit.core.ByteSize;
import java.sql.SQLException;
import java.util.Optional;

/** How the records of snapshots, of the layers that hold them, and of what reads those lie in their tables. */
final class ChainMappings {

    static final Mapping<SnapshotRecord> SNAPSHOTS = Mapping.of(
                    "snapshots",
                    "snapshot",
                    row -> new SnapshotRecord(
                            row.id("id"),
                            row.number("version"),
                            row.optionalId("volume"),
                            row.text("name"),
                            row.optionalId("wrapped_key"),
                            row.moment("created_at"),
                            chained(row)))
            .refers("volume", SnapshotRecord.VOLUME, "volumes")
            .found("name", SnapshotRecord.NAME)
            .unique("name")
            .refers("wrapped_key", SnapshotRecord.KEY, "wrapped_keys")
            .moment("created_at", SnapshotRecord::createdAt)
            .refers("chain", SnapshotRecord.CHAIN, "chains")
            .optionalNumber("place_in_chain", snapshot -> snapshot.chained().map(Chained::sequence))
            .refers("taken_in", SnapshotRecord.TAKEN_IN, "pools")
            .optionalText(
                    "state", snapshot -> snapshot.chained().map(c -> c.state().name()))
            .optionalText(
                    "usage_state",
                    snapshot -> snapshot.chained().map(c -> c.usage().name()))
            .optionalNumber(
                    "size_bytes",
                    snapshot -> snapshot.chained().map(c -> c.size().bytes()))
            .optionalText(
                    "consistency",
                    snapshot -> snapshot.chained().map(c -> c.consistency().name()));

    static final Mapping<BackupRecord> BACKUPS = Mapping.of(
                    "backups",
                    "backup",
                    row -> new BackupRecord(
                            row.id("id"),
                            row.number("version"),
                            row.optionalId("volume"),
                            row.text("name"),
                            row.optionalId("wrapped_key"),
                            row.moment("created_at"),
                            layer(row)))
            .refers("volume", BackupRecord.VOLUME, "volumes")
            .found("name", BackupRecord.NAME)
            .unique("name")
            .refers("wrapped_key", BackupRecord.KEY, "wrapped_keys")
            .moment("created_at", BackupRecord::createdAt)
            .refers("chain", BackupRecord.CHAIN, "chains")
            .refers("store", BackupRecord.STORE, "pools")
            .refers("parent", BackupRecord.PARENT, "backups")
            .optionalText(
                    "state", backup -> backup.layer().map(layer -> layer.state().name()))
            .optionalText("checkpoint_name", backup -> backup.layer().flatMap(BackupRecord.Layer::checkpoint))
            .optionalNumber(
                    "counted_bytes",
                    backup ->
                            backup.layer().flatMap(BackupRecord.Layer::counted).map(ByteSize::bytes))
            .optionalText("because", backup -> backup.layer().flatMap(BackupRecord.Layer::because));

    static final Mapping<ChainRecord> CHAINS = Mapping.of(
                    "chains",
                    "chain",
                    row -> new ChainRecord(
                            row.id("id"),
                            row.number("version"),
                            row.id("pool"),
                            row.one(ChainRecord.Life.class, "life"),
                            row.number("next_place")))
            .refers("pool", ChainRecord.POOL, "pools")
            .word("life", ChainRecord::life)
            .number("next_place", ChainRecord::next);

    static final Mapping<ReplicaRecord> REPLICAS = Mapping.of(
                    "replicas",
                    "replica",
                    row -> new ReplicaRecord(
                            row.id("id"),
                            row.number("version"),
                            row.id("chain"),
                            row.id("snapshot"),
                            row.id("layer"),
                            row.one(ReplicaRecord.State.class, "state")))
            .refers("chain", ReplicaRecord.CHAIN, "chains")
            .refers("snapshot", ReplicaRecord.SNAPSHOT, "snapshots")
            .refers("layer", ReplicaRecord.LAYER, "backups")
            .unique("snapshot", "layer")
            .word("state", ReplicaRecord::state);

    static final Mapping<ReadingRecord> READINGS = Mapping.of(
                    "readings",
                    "reading",
                    row -> new ReadingRecord(
                            row.id("id"),
                            row.number("version"),
                            row.id("chain"),
                            row.text("snapshot"),
                            row.id("layer"),
                            row.id("pool")))
            .refers("chain", ReadingRecord.CHAIN, "chains")
            .text("snapshot", ReadingRecord::snapshot)
            .refers("layer", ReadingRecord.LAYER, "backups")
            .refers("pool", ReadingRecord.POOL, "pools");

    static final Mapping<SnapshotPolicyRecord> SNAPSHOT_POLICIES = Mapping.of(
                    "snapshot_policies",
                    "snapshot policy",
                    row -> new SnapshotPolicyRecord(
                            row.id("id"), row.number("version"), row.id("store"), row.facts("terms")))
            .refers("store", SnapshotPolicyRecord.STORE, "pools")
            .facts("terms", SnapshotPolicyRecord::terms);

    static final Mapping<ScheduledSnapshotRecord> SCHEDULED_SNAPSHOTS = Mapping.of(
                    "scheduled_snapshots",
                    "scheduled snapshot",
                    row -> new ScheduledSnapshotRecord(
                            row.id("id"),
                            row.number("version"),
                            row.id("policy"),
                            row.moment("due_at"),
                            row.text("schedules")))
            .refers("policy", ScheduledSnapshotRecord.POLICY, "snapshot_policies")
            .moment("due_at", ScheduledSnapshotRecord::dueAt)
            .text("schedules", ScheduledSnapshotRecord::schedules);

    private ChainMappings() {}

    private static Optional<Chained> chained(Row row) throws SQLException {
        return row.optional("chain").isEmpty()
                ? Optional.empty()
                : Optional.of(new Chained(
                        row.id("chain"),
                        row.number("place_in_chain"),
                        row.id("taken_in"),
                        row.one(SnapshotRecord.State.class, "state"),
                        row.one(SnapshotRecord.Usage.class, "usage_state"),
                        row.size("size_bytes"),
                        consistency(row)));
    }

    /** Of what was taken before it was kept, nobody knows. */
    private static SnapshotRecord.Consistency consistency(Row row) throws SQLException {
        return row.optional("consistency").isEmpty()
                ? SnapshotRecord.Consistency.UNKNOWN
                : row.one(SnapshotRecord.Consistency.class, "consistency");
    }

    private static Optional<BackupRecord.Layer> layer(Row row) throws SQLException {
        return row.optional("chain").isEmpty()
                ? Optional.empty()
                : Optional.of(new BackupRecord.Layer(
                        row.id("chain"),
                        row.id("store"),
                        row.optionalId("parent"),
                        row.one(BackupRecord.State.class, "state"),
                        row.optional("checkpoint_name"),
                        row.optionalSize("counted_bytes"),
                        row.optional("because")));
    }
}
