package io.hvkit.storage.spi.chain;

import static io.hvkit.storage.spi.chain.Refusals.require;

import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.storage.spi.chain.LogicalSnapshot.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What steps that remove do to a graph. Whatever a plan says: nothing goes that somebody reads. */
final class RemovalRules {

    private static final Optional<UsageEvent> SILENT = Optional.empty();

    private final GraphEdit edit;

    RemovalRules(GraphEdit edit) {
        this.edit = edit;
    }

    Optional<UsageEvent> free(Step.Free step) {
        edit.snapshot(step.snapshot())
                .ifPresent(snapshot -> snapshot.replicaIn(step.store())
                        .filter(replica -> replica.state().isLive())
                        .ifPresent(replica -> free(snapshot, replica)));
        return SILENT;
    }

    private void free(LogicalSnapshot snapshot, Replica replica) {
        boolean isElsewhere = snapshot.replicas().values().stream()
                .anyMatch(other -> other.state() == Replica.State.READY
                        && !other.store().equals(replica.store())
                        && isWhole(other.layer()));
        require(
                isElsewhere && replica.state() == Replica.State.READY && snapshot.isPublished(),
                Failure.IN_USE,
                "the copy of %s in %s is the only one that can be read",
                snapshot.id(),
                replica.store());
        edit.put(snapshot.with(replica.in(Replica.State.DESTROYING)));
    }

    private boolean isWhole(LayerId layer) {
        return edit.layer(layer).filter(row -> row.state() == Layer.State.READY).isPresent();
    }

    Optional<UsageEvent> beginDelete(Step.BeginDelete step) {
        Optional<LogicalSnapshot> known = edit.snapshot(step.snapshot());
        if (known.isEmpty() || isGoing(known.get())) {
            return SILENT;
        }
        LogicalSnapshot snapshot = known.get();
        require(
                snapshot.isPublished() || snapshot.state() == State.ERROR,
                Failure.OPERATION_PENDING,
                "snapshot %s is %s; wait until it is whole, or give it up",
                snapshot.id(),
                snapshot.state());
        require(
                snapshot.state() == State.ERROR || !isBeingCopied(snapshot),
                Failure.OPERATION_PENDING,
                "a copy of snapshot %s is being written; wait until it is whole, or give it up",
                snapshot.id());
        edit.put(snapshot.in(State.DESTROYING).each(RemovalRules::destroying));
        return SILENT;
    }

    private static boolean isBeingCopied(LogicalSnapshot snapshot) {
        for (Replica replica : snapshot.replicas().values()) {
            if (replica.state() == Replica.State.CREATING) {
                return true;
            }
        }
        return false;
    }

    private static boolean isGoing(LogicalSnapshot snapshot) {
        return snapshot.state() == State.DESTROYING || snapshot.state() == State.DESTROYED;
    }

    private static Replica destroying(Replica replica) {
        return replica.state() == Replica.State.HIDDEN ? replica : replica.in(Replica.State.DESTROYING);
    }

    Optional<UsageEvent> hide(Step.Hide step) {
        Optional<Replica> replica = going(step.snapshot(), step.store());
        if (replica.isEmpty() || replica.get().state() == Replica.State.HIDDEN) {
            return SILENT;
        }
        LayerId layer = replica.get().layer();
        Links links = edit.linksOf(layer);
        require(
                replica.get().state() == Replica.State.DESTROYING
                        && links.live().isEmpty()
                        && !links.isUnread(),
                Failure.INVALID_REQUEST,
                "nothing that reads %s asks for hiding %s",
                layer,
                step.snapshot());
        edit.put(Refusals.snapshot(edit, step.snapshot()).with(replica.get().in(Replica.State.HIDDEN)));
        return SILENT;
    }

    Optional<UsageEvent> drop(Step.Drop step) {
        Optional<Replica> replica = going(step.snapshot(), step.store());
        if (replica.isEmpty()) {
            return SILENT;
        }
        require(
                !edit.linksOf(replica.get().layer()).live().isEmpty(),
                Failure.INVALID_REQUEST,
                "no other snapshot has %s as its own",
                replica.get().layer());
        letGo(Refusals.snapshot(edit, step.snapshot()), step.store());
        return SILENT;
    }

    /** The copy of a snapshot that is to go; nothing if it has gone. */
    private Optional<Replica> going(SnapshotId snapshot, PoolId store) {
        Optional<Replica> replica = edit.snapshot(snapshot).flatMap(some -> some.replicaIn(store));
        require(
                replica.filter(some -> some.state().isLive()).isEmpty(),
                Failure.IN_USE,
                "nobody asked for the copy of %s in %s to go",
                snapshot,
                store);
        return replica;
    }

    private void letGo(LogicalSnapshot snapshot, PoolId store) {
        LogicalSnapshot left = snapshot.without(store);
        if (left.state() == State.DESTROYED && left.replicas().isEmpty()) {
            edit.removeSnapshot(snapshot);
        } else {
            edit.put(left);
        }
    }

    Optional<UsageEvent> condemn(Step.Condemn step) {
        Optional<Layer> layer = edit.layer(step.layer());
        if (layer.isEmpty() || layer.get().state() == Layer.State.DELETING) {
            return SILENT;
        }
        Links links = edit.linksOf(step.layer());
        require(
                links.isUnread(),
                Failure.IN_USE,
                "layer %s is read by snapshots %s, layers %s, volumes %s",
                step.layer(),
                links.live(),
                links.children(),
                links.volumes());
        for (SnapshotId id : links.dead().keys()) {
            LogicalSnapshot snapshot = Refusals.snapshot(edit, id);
            Replica replica = snapshot.copyIn(step.layer().store());
            edit.put(snapshot.with(replica.in(Replica.State.DESTROYING)));
        }
        edit.put(layer.get().in(Layer.State.DELETING));
        return SILENT;
    }

    Optional<UsageEvent> delete(Step.Delete step) {
        Optional<Layer> layer = edit.layer(step.layer());
        if (layer.isEmpty()) {
            return SILENT;
        }
        require(
                layer.get().state() == Layer.State.DELETING,
                Failure.IN_USE,
                "layer %s was not condemned",
                step.layer());
        Links links = edit.linksOf(step.layer());
        List<LayerId> above = new ArrayList<>(links.dying().keys());
        for (LayerId child : above) {
            edit.layer(child).ifPresent(row -> edit.put(row.onto(Optional.empty())));
        }
        for (SnapshotId id : links.dead().keys()) {
            letGo(Refusals.snapshot(edit, id), step.layer().store());
        }
        edit.removeLayer(step.layer());
        return SILENT;
    }

    Optional<UsageEvent> retire(Step.Retire step) {
        Optional<LogicalSnapshot> known = edit.snapshot(step.snapshot());
        if (known.isEmpty() || known.get().state() == State.DESTROYED) {
            return SILENT;
        }
        LogicalSnapshot snapshot = known.get();
        boolean isReleased =
                snapshot.replicas().values().stream().allMatch(replica -> replica.state() == Replica.State.HIDDEN);
        require(
                snapshot.state() == State.DESTROYING && isReleased,
                Failure.INVALID_REQUEST,
                "not everything of snapshot %s has gone or is hidden",
                snapshot.id());
        LogicalSnapshot retired = snapshot.in(State.DESTROYED);
        if (retired.replicas().isEmpty()) {
            edit.removeSnapshot(snapshot);
        } else {
            edit.put(retired.counting(Usage.ENDED));
        }
        return snapshot.usage() == Usage.RUNNING
                ? Optional.of(new UsageEvent(UsageEvent.Kind.DELETED, snapshot.id()))
                : SILENT;
    }

    Optional<UsageEvent> rebase(Step.Rebase step) {
        Layer layer = layer(step.layer());
        if (!layer.parent().equals(step.onto())) {
            Refusals.requireWhole(layer);
            require(
                    !edit.linksOf(layer.id()).live().isEmpty(),
                    Failure.IN_USE,
                    "%s is being merged away; what reads it may stand on %s already",
                    layer.id(),
                    layer.parent().map(LayerId::toString).orElse("nothing"));
            requireBelow(layer.parent(), step.onto());
            edit.put(layer.onto(step.onto()));
        }
        return SILENT;
    }

    Optional<UsageEvent> rebaseVolume(Step.RebaseVolume step) {
        ChainVolume volume = Refusals.present(edit.volume(step.volume()), step.volume());
        boolean isDoubt = volume.doubt().equals(Optional.of(step.from()));
        if (isDoubt) {
            require(
                    volume.base().equals(step.onto()),
                    Failure.INVALID_REQUEST,
                    "%s would not be what it was before %s",
                    volume.id(),
                    step.from());
            edit.put(volume.standingOn(step.onto()));
        } else if (!volume.base().equals(step.onto())) {
            require(
                    volume.base().equals(Optional.of(step.from())),
                    Failure.INVALID_REQUEST,
                    "%s does not stand on %s",
                    volume.id(),
                    step.from());
            require(
                    volume.doubt().isEmpty(),
                    Failure.OPERATION_PENDING,
                    "nobody knows whether %s stands on %s",
                    volume.id(),
                    volume.doubt().map(LayerId::toString).orElse("nothing"));
            Refusals.requireWhole(layer(step.from()));
            requireBelow(volume.base(), step.onto());
            edit.put(volume.standingOn(step.onto()));
        }
        return SILENT;
    }

    /** What is read stays the same only on a layer further down the same chain, or on nothing. */
    private void requireBelow(Optional<LayerId> from, Optional<LayerId> onto) {
        Optional<LayerId> at = from;
        while (onto.isPresent() && at.isPresent() && !at.equals(onto)) {
            at = layer(at.get()).parent();
        }
        require(
                onto.isEmpty() || at.equals(onto),
                Failure.INVALID_REQUEST,
                "%s is not further down the same chain",
                onto.map(LayerId::toString).orElse("nothing"));
        onto.ifPresent(layer -> Refusals.requireWhole(layer(layer)));
    }

    private Layer layer(LayerId id) {
        return Refusals.layer(edit, id);
    }
}
