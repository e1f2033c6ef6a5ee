package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.Reason.Why;
import java.util.Optional;

/**
 * Whether a backup is full, a delta, or nothing but another name for what is there.
 *
 * @param kind which of them
 * @param parent the layer it stands on or shares; nothing if it is full
 * @param reason what decided
 */
@Incubating(since = "0.1")
public record BackupDecision(Kind kind, Optional<LayerId> parent, Reason reason) {

    /** What a backup can be. */
    public enum Kind {
        /** Everything is written. */
        FULL,
        /** What was written since the parent's snapshot is written. */
        DELTA,
        /** Nothing is written. */
        SHARED
    }

    /** What is decided upon: a place in a volume's order, and where the backup goes. */
    private record Question(ChainGraph graph, ChainVolume volume, long place, TakeSnapshot.Backup backup) {}

    /**
     * Decides. Only the newest older snapshot with a copy in that store comes into question as parent: a full backup is always right,
     * and the next one finds it.
     *
     * @param volume the volume, which the graph has
     * @param place the snapshot's place in the volume's order
     */
    static BackupDecision of(ChainGraph graph, ChainVolume volume, long place, TakeSnapshot.Backup backup) {
        Question question = new Question(graph, volume, place, backup);
        return graph.newestIn(backup.store(), volume.id(), place)
                .map(graph::require)
                .map(parent -> on(question, parent))
                .orElseGet(() -> withoutParent(question));
    }

    private static BackupDecision withoutParent(Question question) {
        PoolId store = question.backup.store();
        VolumeId volume = question.volume.id();
        return question.graph
                .newest(volume, question.place)
                .map(newest -> full(
                        Why.PARENT_ELSEWHERE,
                        "no snapshot of " + volume + " is in " + store + "; the newest is " + newest))
                .orElseGet(() -> full(Why.FIRST, "it is the first snapshot of " + volume));
    }

    private static BackupDecision on(Question question, LogicalSnapshot parent) {
        Replica replica = parent.copyIn(question.backup.store());
        return switch (replica.state()) {
            case HIDDEN, DESTROYING ->
                full(Why.PARENT_DELETED, "the newest one there, " + parent.id() + ", is deleted");
            case CREATING -> full(Why.PARENT_UNFINISHED, "the newest one there, " + parent.id() + ", is being written");
            case FAILED -> full(Why.PARENT_FAILED, "the newest one there, " + parent.id() + ", was given up");
            case READY -> onReady(question, parent, replica.layer());
        };
    }

    private static BackupDecision onReady(Question question, LogicalSnapshot parent, LayerId layer) {
        ChangeTracking tracking = question.backup.tracking();
        ChainLimit limit = question.backup.limit();
        SnapshotId id = parent.id();
        if (question.graph
                .layer(layer)
                .filter(row -> row.state() == Layer.State.READY)
                .isEmpty()) {
            String found = tracking.trouble().map(trouble -> ": " + trouble).orElse("");
            return full(Why.PARENT_UNUSABLE, "the newest one there, " + id + ", is unusable" + found);
        }
        if (!parent.takenIn().equals(question.volume.pool())) {
            return full(
                    Why.VOLUME_MOVED,
                    "the volume was in " + parent.takenIn() + " when " + id + " was taken, and is in "
                            + question.volume.pool());
        }
        if (tracking.trouble().isPresent()) {
            return full(
                    Why.TRACKING_BROKEN,
                    "what was written is not known: " + tracking.trouble().get());
        }
        if (!tracking.since().contains(id)) {
            return full(Why.NOT_TRACKED, "what was written since " + id + " is not known");
        }
        if (tracking.unchanged().equals(Optional.of(id))) {
            return new BackupDecision(
                    Kind.SHARED,
                    Optional.of(layer),
                    new Reason(Why.NOTHING_WRITTEN, "nothing was written since " + id));
        }
        if (limit.forbidsDeltas()) {
            return full(Why.DELTAS_FORBIDDEN, "snapshot.delta.max is " + limit);
        }
        if (!limit.allowsOneMore(question.graph, layer)) {
            return full(Why.LIMIT_REACHED, "the chain of " + id + " has the " + limit + " layers it may have, or more");
        }
        return new BackupDecision(
                Kind.DELTA, Optional.of(layer), new Reason(Why.DELTA, "it holds what was written since " + id));
    }

    private static BackupDecision full(Why why, String detail) {
        return new BackupDecision(Kind.FULL, Optional.empty(), new Reason(why, detail));
    }
}
