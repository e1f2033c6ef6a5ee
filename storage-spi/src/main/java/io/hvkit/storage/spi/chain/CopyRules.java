package io.hvkit.storage.spi.chain;

import static io.hvkit.storage.spi.chain.Refusals.require;
import static io.hvkit.storage.spi.chain.Refusals.requireTurn;

import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import java.util.Optional;

/** What the steps that copy whole snapshots, and make volumes of them, do to a graph. */
final class CopyRules {

    private static final Optional<UsageEvent> SILENT = Optional.empty();

    private final GraphEdit edit;

    CopyRules(GraphEdit edit) {
        this.edit = edit;
    }

    Optional<UsageEvent> beginCopy(Step.BeginCopy step) {
        LogicalSnapshot snapshot = Refusals.snapshot(edit, step.snapshot());
        if (Refusals.isHeld(snapshot, step.layer())) {
            return SILENT;
        }
        requireTurn(snapshot.isPublished(), snapshot, "be copied");
        require(
                snapshot.replicaIn(step.layer().store()).isEmpty(),
                Failure.EXISTS_DIFFERENTLY,
                "%s has another copy in %s",
                snapshot.id(),
                step.layer().store());
        Refusals.store(edit, step.layer());
        Refusals.requireFree(edit, step.layer());
        step.parent().ifPresent(parent -> Refusals.requireStandable(edit, snapshot, parent));
        edit.put(new Layer(step.layer(), step.parent(), Layer.State.WRITING));
        edit.put(snapshot.with(new Replica(step.layer(), Replica.State.CREATING)));
        return SILENT;
    }

    Optional<UsageEvent> copy(Step.Copy step) {
        LogicalSnapshot snapshot = Refusals.snapshot(edit, step.snapshot());
        Replica replica = Refusals.held(snapshot, step.layer());
        if (replica.state() == Replica.State.READY) {
            return SILENT;
        }
        requireTurn(snapshot.isPublished(), snapshot, "be copied");
        Refusals.requireSource(edit, snapshot, step.from());
        edit.put(Refusals.written(edit, step.layer()).in(Layer.State.READY));
        edit.put(snapshot.in(State.BACKED_UP, replica.in(Replica.State.READY)));
        return SILENT;
    }

    Optional<UsageEvent> failCopy(Step.FailCopy step) {
        Optional<LogicalSnapshot> snapshot = edit.snapshot(step.snapshot());
        Optional<Replica> replica = snapshot.flatMap(known -> known.replicaIn(step.store()))
                .filter(known -> known.state().isLive());
        if (snapshot.isEmpty() || replica.isEmpty()) {
            return SILENT;
        }
        require(
                snapshot.get().isPublished() && replica.get().state() == Replica.State.CREATING,
                Failure.INVALID_REQUEST,
                "the copy of %s in %s is not one that is being written from another",
                step.snapshot(),
                step.store());
        edit.put(snapshot.get().with(replica.get().in(Replica.State.FAILED)));
        return SILENT;
    }

    Optional<UsageEvent> beginRestore(Step.BeginRestore step) {
        if (isKnown(step.snapshot(), edit.volume(step.target()), step)) {
            return SILENT;
        }
        LogicalSnapshot snapshot = Refusals.snapshot(edit, step.snapshot());
        requireTurn(snapshot.isPublished(), snapshot, "be restored");
        Refusals.requireSource(edit, snapshot, step.from());
        require(edit.store(step.pool()).isPresent(), Failure.NOT_FOUND, "there is no store %s", step.pool());
        edit.put(ChainVolume.blank(step.target(), step.pool())
                .madeFrom(step.snapshot())
                .reading(step.from()));
        return SILENT;
    }

    /** A volume that has the id and was not made from that snapshot is somebody's, and must not be written over. */
    private static boolean isKnown(SnapshotId from, Optional<ChainVolume> target, Step.BeginRestore step) {
        require(
                target.filter(known -> !known.isMadeFrom(from)).isEmpty(),
                Failure.EXISTS_DIFFERENTLY,
                "there is a volume %s that was not made from %s; take another id",
                step.target(),
                from);
        return target.isPresent();
    }

    Optional<UsageEvent> restore(Step.Restore step) {
        ChainVolume target = Refusals.present(edit.volume(step.target()), step.target());
        require(
                target.isMadeFrom(step.snapshot()),
                Failure.EXISTS_DIFFERENTLY,
                "volume %s was not made from %s",
                step.target(),
                step.snapshot());
        if (target.reads().contains(step.from())) {
            Refusals.requireWhole(Refusals.layer(edit, step.from()));
            edit.put(target.releasing(step.from()));
        }
        return SILENT;
    }
}
