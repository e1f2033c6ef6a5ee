package io.hvkit.storage.spi.chain;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import java.util.Optional;

/** What steps and facts have in common to be refused for. */
final class Refusals {

    private Refusals() {}

    /** One snapshot of a volume is taken at a time: the second one would not know what it stands on. */
    static void requireNoTake(GraphEdit edit, ChainVolume volume) {
        Optional<SnapshotId> newest = edit.historyOf(volume.id())
                .inStore()
                .get(volume.pool())
                .flatMap(some -> some.below(volume.next()))
                .filter(id -> snapshot(edit, id).state() == State.CREATING);
        require(
                newest.isEmpty() && volume.doubt().isEmpty(),
                Failure.OPERATION_PENDING,
                "a snapshot of %s is being taken, or was given up and may have been taken",
                volume.id());
    }

    static void requireWhole(Layer layer) {
        switch (layer.state()) {
            case READY -> {}
            case WRITING -> throw refusal(Failure.OPERATION_PENDING, "%s is being written", layer.id());
            case UNUSABLE -> throw refusal(Failure.CORRUPT_DATA, "%s is unusable", layer.id());
            case DELETING -> throw refusal(Failure.IN_USE, "%s is to go", layer.id());
        }
    }

    static void requireUnmoved(ChainVolume volume, LogicalSnapshot snapshot) {
        require(
                volume.pool().equals(snapshot.takenIn()),
                Failure.INVALID_REQUEST,
                "%s is in %s now; give %s up and take another",
                volume.id(),
                volume.pool(),
                snapshot.id());
    }

    static void requireFree(GraphEdit edit, LayerId id) {
        require(
                !edit.state().layers().has(id),
                Failure.EXISTS_DIFFERENTLY,
                "there is a layer %s already; ids of snapshots are not used again",
                id);
    }

    /** Each step has its turn in a snapshot's life. */
    static void requireTurn(boolean isNow, LogicalSnapshot snapshot, String what) {
        require(
                isNow,
                Failure.INVALID_REQUEST,
                "snapshot %s is %s and cannot %s",
                snapshot.id(),
                snapshot.state(),
                what);
    }

    /** Returns whether a layer is that of a copy which was not given up. */
    static boolean isHeld(LogicalSnapshot snapshot, LayerId layer) {
        return snapshot.replicaIn(layer.store())
                .filter(replica ->
                        replica.layer().equals(layer) && replica.state().isLive())
                .isPresent();
    }

    static Replica held(LogicalSnapshot snapshot, LayerId layer) {
        require(
                isHeld(snapshot, layer),
                Failure.INVALID_REQUEST,
                "%s is %s and is not on %s",
                snapshot.id(),
                snapshot.state(),
                layer);
        return snapshot.copyIn(layer.store());
    }

    /** What differs from a layer is known only if a snapshot of the same volume lives on it. */
    static void requireStandable(GraphEdit edit, LogicalSnapshot snapshot, LayerId parent) {
        requireWhole(layer(edit, parent));
        for (SnapshotId on : edit.linksOf(parent).live().keys()) {
            if (snapshot(edit, on).volume().equals(snapshot.volume())) {
                return;
            }
        }
        throw refusal(Failure.IN_USE, "no snapshot of %s that lives is on %s", snapshot.volume(), parent);
    }

    /** A copy that is read can be read. */
    static void requireSource(GraphEdit edit, LogicalSnapshot snapshot, LayerId from) {
        require(
                snapshot.replicaIn(from.store())
                        .filter(replica -> replica.layer().equals(from) && replica.state() == Replica.State.READY)
                        .isPresent(),
                Failure.INVALID_REQUEST,
                "%s is not read from %s",
                snapshot.id(),
                from);
        requireWhole(layer(edit, from));
    }

    static LogicalSnapshot snapshot(GraphEdit edit, SnapshotId id) {
        return edit.snapshot(id).orElseThrow(() -> refusal(Failure.NOT_FOUND, "there is no snapshot %s", id));
    }

    static Layer layer(GraphEdit edit, LayerId id) {
        return edit.layer(id).orElseThrow(() -> refusal(Failure.NOT_FOUND, "there is no layer %s", id));
    }

    /** Returns a layer that is being written and so can become whole. */
    static Layer written(GraphEdit edit, LayerId id) {
        Layer layer = layer(edit, id);
        require(
                layer.state() == Layer.State.WRITING,
                Failure.CORRUPT_DATA,
                "%s is %s and cannot become whole; give the snapshot up",
                id,
                layer.state());
        return layer;
    }

    static ChainStore store(GraphEdit edit, LayerId layer) {
        return edit.store(layer.store())
                .orElseThrow(() -> refusal(Failure.NOT_FOUND, "there is no store %s", layer.store()));
    }

    static ChainVolume present(Optional<ChainVolume> volume, Object id) {
        return volume.filter(some -> some.life() == ChainVolume.Life.PRESENT)
                .orElseThrow(() -> refusal(Failure.NOT_FOUND, "there is no volume %s", id));
    }

    /** Most steps are not refused, and text costs more than they do: it is made when it is needed. */
    static void require(boolean holds, Failure failure, String format, Object... arguments) {
        if (!holds) {
            throw refusal(failure, format, arguments);
        }
    }

    static DriverException refusal(Failure failure, String format, Object... arguments) {
        return DriverException.because(failure).effect(Effect.NOT_APPLIED).message(format, arguments);
    }
}
