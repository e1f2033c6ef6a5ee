package io.hvkit.storage.spi.chain;

import static io.hvkit.storage.spi.chain.Refusals.require;
import static io.hvkit.storage.spi.chain.Refusals.requireTurn;

import io.hvkit.core.Failure;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.storage.spi.chain.LogicalSnapshot.Usage;
import java.util.Optional;

/** What the steps of a backup do to a graph. */
final class BackupRules {

    private static final Optional<UsageEvent> SILENT = Optional.empty();

    private final GraphEdit edit;

    BackupRules(GraphEdit edit) {
        this.edit = edit;
    }

    Optional<UsageEvent> beginBackUp(Step.BeginBackUp step) {
        LogicalSnapshot snapshot = Refusals.snapshot(edit, step.snapshot());
        if (Refusals.isHeld(snapshot, step.layer())) {
            return SILENT;
        }
        requireFirst(snapshot, step.layer());
        requireSource(snapshot);
        Refusals.requireFree(edit, step.layer());
        step.parent().ifPresent(parent -> Refusals.requireStandable(edit, snapshot, parent));
        edit.put(new Layer(step.layer(), step.parent(), Layer.State.WRITING));
        edit.put(snapshot.in(State.BACKING_UP, new Replica(step.layer(), Replica.State.CREATING)));
        return SILENT;
    }

    Optional<UsageEvent> backUp(Step.BackUp step) {
        LogicalSnapshot snapshot = Refusals.snapshot(edit, step.snapshot());
        Replica replica = Refusals.held(snapshot, step.layer());
        if (replica.state() == Replica.State.READY) {
            return SILENT;
        }
        requireTurn(snapshot.state() == State.BACKING_UP, snapshot, "be backed up");
        requireSource(snapshot);
        edit.put(Refusals.written(edit, step.layer()).in(Layer.State.READY));
        edit.put(snapshot.with(replica.in(Replica.State.READY)));
        return SILENT;
    }

    Optional<UsageEvent> share(Step.Share step) {
        LogicalSnapshot snapshot = Refusals.snapshot(edit, step.snapshot());
        if (Refusals.isHeld(snapshot, step.layer())) {
            return SILENT;
        }
        Optional<Replica> begun = snapshot.replicaIn(step.layer().store());
        if (snapshot.isPublished()) {
            shareCopy(snapshot, step.layer());
            return SILENT;
        }
        if (begun.isPresent()) {
            requireBegunOn(step.layer(), begun.get(), snapshot);
        } else {
            requireFirst(snapshot, step.layer());
            requireSource(snapshot);
            Refusals.requireStandable(edit, snapshot, step.layer());
        }
        edit.put(snapshot.in(State.BACKING_UP, new Replica(step.layer(), Replica.State.READY)));
        return SILENT;
    }

    /** Copies of two snapshots in one layer are alike, and so one serves both in another store too. */
    private void shareCopy(LogicalSnapshot snapshot, LayerId layer) {
        boolean isAlike = snapshot.replicas().values().stream()
                .filter(replica -> replica.state() == Replica.State.READY)
                .flatMap(replica -> edit.linksOf(replica.layer()).live().keys().stream())
                .filter(other -> !other.equals(snapshot.id()))
                .anyMatch(other -> isReadyOn(Refusals.snapshot(edit, other), layer));
        require(
                isAlike && snapshot.replicaIn(layer.store()).isEmpty(),
                Failure.INVALID_REQUEST,
                "nothing says that %s holds what %s does",
                layer,
                snapshot.id());
        Refusals.requireWhole(Refusals.layer(edit, layer));
        edit.put(snapshot.in(State.BACKED_UP, new Replica(layer, Replica.State.READY)));
    }

    private static boolean isReadyOn(LogicalSnapshot snapshot, LayerId layer) {
        return snapshot.replicas().containsValue(new Replica(layer, Replica.State.READY));
    }

    /** A backup that was begun as a delta and turned out empty shares the very layer that it was to stand on. */
    private void requireBegunOn(LayerId parent, Replica begun, LogicalSnapshot snapshot) {
        boolean stands = Refusals.layer(edit, begun.layer()).parent().equals(Optional.of(parent));
        require(
                begun.state() == Replica.State.CREATING && stands,
                Failure.INVALID_REQUEST,
                "snapshot %s is %s and cannot share %s",
                snapshot.id(),
                snapshot.state(),
                parent);
        Refusals.requireWhole(Refusals.layer(edit, parent));
    }

    /** A backup comes after the snapshot in the pool, or instead of it; and only once in each store. */
    private void requireFirst(LogicalSnapshot snapshot, LayerId layer) {
        boolean isItsTurn = snapshot.state() == State.CREATED_ON_PRIMARY
                || (snapshot.state() == State.ALLOCATED && snapshot.replicas().isEmpty());
        requireTurn(isItsTurn && snapshot.usage() == Usage.NOT_STARTED, snapshot, "be backed up");
        require(
                snapshot.replicaIn(layer.store()).isEmpty(),
                Failure.EXISTS_DIFFERENTLY,
                "%s has another copy in %s",
                snapshot.id(),
                layer.store());
        Refusals.store(edit, layer);
    }

    /** Without a copy in its pool, a snapshot is read from the volume, which must be there and where it was. */
    private void requireSource(LogicalSnapshot snapshot) {
        if (snapshot.replicaIn(snapshot.takenIn())
                .filter(replica -> replica.state() == Replica.State.READY)
                .isEmpty()) {
            Optional<ChainVolume> volume = edit.volume(snapshot.volume());
            Refusals.requireUnmoved(Refusals.present(volume, snapshot.volume()), snapshot);
        }
    }
}
