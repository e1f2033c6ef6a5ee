package io.hvkit.engine.internal.usage;

import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.ReadingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ReplicaRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.usage.Resource;
import io.hvkit.engine.usage.Thing;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How much each kind of thing counts, by what the catalog says of it: so it can be counted anew at any time. Another kind is one more word in
 * {@link Thing.Kind} and one more line in {@link #real}.
 */
public final class Measures {

    private Measures() {}

    /** Returns the name under which a volume is held. */
    public static String thing(RecordId<VolumeRecord> volume) {
        return Thing.volume(volume).toString();
    }

    /** Returns how much a volume of a size counts. */
    public static Amounts volume(ByteSize size) {
        return Amounts.of(Map.of(Resource.VOLUMES.setting(), 1L, Resource.PRIMARY_STORAGE.setting(), size.bytes()));
    }

    /** Returns how much a machine counts. */
    public static Amounts machine(MachineRecord.Needs needs) {
        return Amounts.of(Map.of(
                Resource.MACHINES.setting(),
                1L,
                Resource.CPUS.setting(),
                (long) needs.cpus(),
                Resource.MEMORY.setting(),
                needs.memory().bytes()));
    }

    /** Returns how much a template counts whose copies, also those that are on their way, have so many bytes together. */
    public static Amounts template(long bytes) {
        return Amounts.of(Map.of(Resource.TEMPLATES.setting(), 1L, Resource.SECONDARY_STORAGE.setting(), bytes));
    }

    private static Amounts template(Transaction transaction, TemplateRecord template) {
        long copies = transaction
                .templateCopies()
                .where(TemplateCopyRecord.TEMPLATE, template.id())
                .size();
        ByteSize size = template.content().size().orElse(ByteSize.ZERO);
        return template(Math.multiplyExact(copies, size.bytes()));
    }

    /**
     * Returns how much a snapshot counts: what its layers take, those included that are being written, also beside one that it has. One that several
     * have counts for the oldest of them. Layers that are kept for others count for nobody once it is deleted; nor does one that was given up.
     */
    public static Optional<Amounts> snapshot(Transaction transaction, RecordId<SnapshotRecord> id) {
        Optional<SnapshotRecord.Chained> chained = transaction
                .snapshots()
                .find(id)
                .flatMap(SnapshotRecord::chained)
                .filter(Measures::counts);
        if (chained.isEmpty()) {
            return Optional.empty();
        }
        long bytes = 0;
        for (ReplicaRecord replica : transaction.replicas().where(ReplicaRecord.SNAPSHOT, id)) {
            if (isTheFirst(transaction, replica, chained.get())) {
                Optional<BackupRecord.Layer> layer =
                        transaction.backups().require(replica.layer()).layer();
                bytes += layer.flatMap(BackupRecord.Layer::counted)
                        .map(ByteSize::bytes)
                        .orElse(0L);
            }
        }
        for (BackupRecord.Layer layer : writtenBeside(transaction, id)) {
            bytes += layer.counted().map(ByteSize::bytes).orElse(0L);
        }
        return Optional.of(
                Amounts.of(Map.of(Resource.SNAPSHOTS.setting(), 1L, Resource.SECONDARY_STORAGE.setting(), bytes)));
    }

    /** Several snapshots may have one layer: it counts once, for the oldest of them that counts. */
    private static boolean isTheFirst(Transaction transaction, ReplicaRecord replica, SnapshotRecord.Chained chained) {
        return replica.state() != ReplicaRecord.State.FAILED
                && transaction.replicas().where(ReplicaRecord.LAYER, replica.layer()).stream()
                        .filter(other -> other.state() != ReplicaRecord.State.FAILED)
                        .map(other -> transaction.snapshots().require(other.snapshot()))
                        .flatMap(other -> other.chained().stream())
                        .filter(Measures::counts)
                        .noneMatch(other -> other.sequence() < chained.sequence());
    }

    /** Returns whether a layer is being written that a snapshot is to be read from instead of the one it has. */
    public static boolean isBeingFlattened(Transaction transaction, RecordId<SnapshotRecord> id) {
        return !writtenBeside(transaction, id).isEmpty();
    }

    private static List<BackupRecord.Layer> writtenBeside(Transaction transaction, RecordId<SnapshotRecord> id) {
        return transaction.snapshots().find(id).flatMap(SnapshotRecord::chained).stream()
                .flatMap(chained -> transaction.readings().where(ReadingRecord.CHAIN, chained.chain()).stream())
                .filter(reading -> reading.snapshot().equals(id.value()))
                .flatMap(reading -> transaction.backups().require(reading.layer()).layer().stream())
                .filter(layer -> layer.state() == BackupRecord.State.WRITING)
                .toList();
    }

    private static boolean counts(SnapshotRecord.Chained chained) {
        return switch (chained.usage()) {
            case RUNNING -> true;
            case ENDED -> false;
            case NOT_STARTED ->
                chained.state() != SnapshotRecord.State.ERROR && chained.state() != SnapshotRecord.State.DESTROYING;
        };
    }

    /** Returns how much a thing counts; nothing if it is gone. */
    public static Optional<Amounts> real(Transaction transaction, Thing.Kind kind, String id) {
        return switch (kind) {
            case VOLUME ->
                transaction
                        .volumes()
                        .find(new RecordId<>(id))
                        .map(VolumeRecord::size)
                        .map(Measures::volume);
            case MACHINE ->
                transaction
                        .machines()
                        .find(new RecordId<>(id))
                        .map(MachineRecord::needs)
                        .map(Measures::machine);
            case TEMPLATE ->
                transaction.templates().find(new RecordId<>(id)).map(template -> template(transaction, template));
            case SNAPSHOT -> snapshot(transaction, new RecordId<>(id));
        };
    }

    /** What a look at a thing said. */
    record Seen(boolean known, Optional<Amounts> real) {

        static final Seen UNKNOWN_KIND = new Seen(false, Optional.empty());
    }

    /** Looks how much a thing counts; nothing of one that is gone. What a newer version counts is of an unknown kind. */
    static Seen look(Transaction transaction, String thing) {
        int colon = thing.indexOf(':');
        return Arrays.stream(Thing.Kind.values())
                .filter(kind -> colon > 0 && kind.toString().equals(thing.substring(0, colon)))
                .findAny()
                .map(kind -> new Seen(true, real(transaction, kind, thing.substring(colon + 1))))
                .orElse(Seen.UNKNOWN_KIND);
    }
}
