package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import io.hvkit.core.SnapshotId;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What is known of what was written to a volume: since which of its snapshots, all of it. A delta that rests on less is a wrong
 * backup, so what is not stated here is not assumed. It holds for the moment of the snapshot: who asks again for one that may not have
 * been taken yet says what holds now.
 *
 * @param since the snapshots since which every change is known
 * @param unchanged the one since which nothing was written, if that is known
 * @param trouble why nothing is known, if nothing is
 */
@Incubating(since = "0.1")
public record ChangeTracking(Set<SnapshotId> since, Optional<SnapshotId> unchanged, Optional<String> trouble) {

    /** Copies the set. */
    public ChangeTracking {
        since = Set.copyOf(since);
    }

    /** Returns that all changes since each of these are known. */
    public static ChangeTracking since(SnapshotId... snapshots) {
        return new ChangeTracking(Set.of(snapshots), Optional.empty(), Optional.empty());
    }

    /** Returns that nobody kept track, as before the first snapshot. */
    public static ChangeTracking none() {
        return new ChangeTracking(Set.of(), Optional.empty(), Optional.empty());
    }

    /** Returns that nothing was written since that one. */
    public static ChangeTracking nothingSince(SnapshotId snapshot) {
        return new ChangeTracking(Set.of(snapshot), Optional.of(snapshot), Optional.empty());
    }

    /** Returns that nothing is known, such as after a crash, a revert or a resize; says why in a few words. */
    public static ChangeTracking broken(String trouble) {
        return new ChangeTracking(Set.of(), Optional.empty(), Optional.of(trouble));
    }

    /** Returns that changes since that one are known too. */
    public ChangeTracking andSince(SnapshotId snapshot) {
        Set<SnapshotId> more = new HashSet<>(since);
        more.add(snapshot);
        return new ChangeTracking(more, unchanged, trouble);
    }
}
