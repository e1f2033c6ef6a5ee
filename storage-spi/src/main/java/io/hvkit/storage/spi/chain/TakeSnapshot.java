package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A request for a snapshot. Immutable. */
@Incubating(since = "0.1")
public final class TakeSnapshot {

    /** What becomes of the copy in the volume's pool. */
    public enum Primary {
        /** It is made, and stays. */
        KEPT,
        /** It is made, and goes when the backup is there. */
        FREED,
        /** There is none: the backup is written straight from the volume. */
        SKIPPED
    }

    /**
     * Where the backup goes.
     *
     * @param store the store
     * @param limit how long its chain may be
     * @param tracking what is known of what was written
     */
    public record Backup(PoolId store, ChainLimit limit, ChangeTracking tracking) {}

    private record Fields(SnapshotId id, VolumeId volume, Primary primary, Optional<Backup> backup) {}

    private final Fields fields;

    private TakeSnapshot(Fields fields) {
        this.fields = fields;
    }

    /** Asks for a snapshot in the volume's pool. No snapshot ever had or gets that id. */
    public static TakeSnapshot of(SnapshotId id, VolumeId volume) {
        return new TakeSnapshot(new Fields(id, volume, Primary.KEPT, Optional.empty()));
    }

    /** Asks for a backup too. */
    public TakeSnapshot backedUpTo(PoolId store, ChainLimit limit, ChangeTracking tracking) {
        Backup backup = new Backup(store, limit, tracking);
        return new TakeSnapshot(new Fields(fields.id, fields.volume, fields.primary, Optional.of(backup)));
    }

    /** Asks for this copy in the volume's pool; without a backup it is always kept. */
    public TakeSnapshot primary(Primary primary) {
        return new TakeSnapshot(new Fields(fields.id, fields.volume, primary, fields.backup));
    }

    /** Returns the id that it gets. */
    public SnapshotId id() {
        return fields.id;
    }

    /** Returns the volume. */
    public VolumeId volume() {
        return fields.volume;
    }

    /** Returns what becomes of the copy in the volume's pool. */
    public Primary primary() {
        return fields.backup.isPresent() ? fields.primary : Primary.KEPT;
    }

    /** Returns where the backup goes, if one is asked for. */
    public Optional<Backup> backup() {
        return fields.backup;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TakeSnapshot that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(fields);
    }

    @Override
    public String toString() {
        return "TakeSnapshot" + fields;
    }
}
