package io.hvkit.storage.spi.chain;

import static io.hvkit.storage.spi.chain.Refusals.present;
import static io.hvkit.storage.spi.chain.Refusals.refusal;
import static io.hvkit.storage.spi.chain.Refusals.require;
import static io.hvkit.storage.spi.chain.Refusals.requireNoTake;
import static io.hvkit.storage.spi.chain.Refusals.requireWhole;
import static io.hvkit.storage.spi.chain.Refusals.snapshot;

import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.storage.spi.chain.ChainStore.Layering;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.storage.spi.chain.LogicalSnapshot.Usage;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What each step does to a graph, and when it is refused. Removing is {@link RemovalRules}. */
final class StepRules implements Step.Cases<Optional<UsageEvent>> {

    private static final Optional<UsageEvent> SILENT = Optional.empty();

    private final GraphEdit edit;
    private final RemovalRules removal;

    StepRules(GraphEdit edit) {
        this.edit = edit;
        this.removal = new RemovalRules(edit);
    }

    @Override
    public Optional<UsageEvent> allocate(Step.Allocate step) {
        Optional<LogicalSnapshot> known = edit.state().snapshots().get(step.snapshot());
        if (known.isPresent()) {
            require(
                    known.get().volume().equals(step.volume()),
                    Failure.EXISTS_DIFFERENTLY,
                    step.snapshot() + " is a snapshot of " + known.get().volume() + ", not of " + step.volume());
            return SILENT;
        }
        ChainVolume volume = present(edit.state().volumes().get(step.volume()), step.volume());
        edit.put(volume.counted());
        edit.put(new LogicalSnapshot(
                step.snapshot(),
                volume.id(),
                volume.next(),
                volume.pool(),
                State.ALLOCATED,
                Usage.NOT_STARTED,
                Map.of()));
        return SILENT;
    }

    @Override
    public Optional<UsageEvent> beginTake(Step.BeginTake step) {
        LogicalSnapshot snapshot = snapshot(edit, step.snapshot());
        if (isHeld(snapshot, step.layer())) {
            return SILENT;
        }
        ChainVolume volume = present(edit.state().volumes().get(snapshot.volume()), snapshot.volume());
        require(snapshot.state() == State.ALLOCATED, Failure.INVALID_REQUEST, late(snapshot, "be taken"));
        requireUnmoved(volume, snapshot);
        require(
                step.layer().store().equals(volume.pool()),
                Failure.INVALID_REQUEST,
                step.layer() + " is not in the pool of " + volume.id());
        requireFree(step.layer());
        requireNoTake(edit, volume);
        ChainStore store = store(step.layer());
        Optional<LayerId> base = store.layering() == Layering.STACKED ? volume.base() : Optional.empty();
        require(
                base.equals(step.parent()),
                Failure.INVALID_REQUEST,
                volume.id() + " does not stand on what the step says; plan again");
        step.parent().ifPresent(parent -> requireWhole(layer(parent)));
        edit.put(new Layer(step.layer(), step.parent(), Layer.State.WRITING));
        if (store.layering() == Layering.STACKED) {
            edit.put(volume.doubting(step.layer()));
        }
        edit.put(snapshot.in(State.CREATING).with(new Replica(step.layer(), Replica.State.CREATING)));
        return SILENT;
    }

    @Override
    public Optional<UsageEvent> take(Step.Take step) {
        LogicalSnapshot snapshot = snapshot(edit, step.snapshot());
        Replica replica = held(snapshot, step.layer());
        if (replica.state() == Replica.State.READY) {
            return SILENT;
        }
        require(snapshot.state() == State.CREATING, Failure.INVALID_REQUEST, late(snapshot, "be taken"));
        ChainVolume volume = present(edit.state().volumes().get(snapshot.volume()), snapshot.volume());
        requireUnmoved(volume, snapshot);
        finish(layer(step.layer()));
        if (store(step.layer()).layering() == Layering.STACKED) {
            edit.put(volume.standingOn(Optional.of(step.layer())));
        }
        edit.put(snapshot.in(State.CREATED_ON_PRIMARY).with(replica.in(Replica.State.READY)));
        return SILENT;
    }

    @Override
    public Optional<UsageEvent> beginBackUp(Step.BeginBackUp step) {
        LogicalSnapshot snapshot = snapshot(edit, step.snapshot());
        if (isHeld(snapshot, step.layer())) {
            return SILENT;
        }
        requireTurn(snapshot, step.layer());
        requireSource(snapshot);
        requireFree(step.layer());
        step.parent().ifPresent(parent -> requireStandable(snapshot, parent));
        edit.put(new Layer(step.layer(), step.parent(), Layer.State.WRITING));
        edit.put(snapshot.in(State.BACKING_UP).with(new Replica(step.layer(), Replica.State.CREATING)));
        return SILENT;
    }

    @Override
    public Optional<UsageEvent> backUp(Step.BackUp step) {
        LogicalSnapshot snapshot = snapshot(edit, step.snapshot());
        Replica replica = held(snapshot, step.layer());
        if (replica.state() == Replica.State.READY) {
            return SILENT;
        }
        require(snapshot.state() == State.BACKING_UP, Failure.INVALID_REQUEST, late(snapshot, "be backed up"));
        requireSource(snapshot);
        finish(layer(step.layer()));
        edit.put(snapshot.with(replica.in(Replica.State.READY)));
        return SILENT;
    }

    @Override
    public Optional<UsageEvent> share(Step.Share step) {
        LogicalSnapshot snapshot = snapshot(edit, step.snapshot());
        if (isHeld(snapshot, step.layer())) {
            return SILENT;
        }
        Optional<Replica> begun = snapshot.replicaIn(step.layer().store());
        if (begun.isPresent()) {
            boolean stands = layer(begun.get().layer()).parent().equals(Optional.of(step.layer()));
            require(
                    begun.get().state() == Replica.State.CREATING && stands,
                    Failure.INVALID_REQUEST,
                    late(snapshot, "share " + step.layer()));
            requireWhole(layer(step.layer()));
        } else {
            requireTurn(snapshot, step.layer());
            requireSource(snapshot);
            requireStandable(snapshot, step.layer());
        }
        edit.put(snapshot.in(State.BACKING_UP).with(new Replica(step.layer(), Replica.State.READY)));
        return SILENT;
    }

    @Override
    public Optional<UsageEvent> publish(Step.Publish step) {
        LogicalSnapshot snapshot = snapshot(edit, step.snapshot());
        if (snapshot.usage() != Usage.NOT_STARTED) {
            return SILENT;
        }
        boolean isWhole = snapshot.replicas().values().stream().allMatch(some -> some.state() == Replica.State.READY);
        boolean isFarEnough = snapshot.state() == State.CREATED_ON_PRIMARY || snapshot.state() == State.BACKING_UP;
        require(isWhole && isFarEnough, Failure.INVALID_REQUEST, late(snapshot, "be published"));
        State now = snapshot.state() == State.BACKING_UP ? State.BACKED_UP : State.CREATED_ON_PRIMARY;
        edit.put(snapshot.in(now).counting(Usage.RUNNING));
        return Optional.of(new UsageEvent(UsageEvent.Kind.CREATED, snapshot.id()));
    }

    @Override
    public Optional<UsageEvent> fail(Step.Fail step) {
        LogicalSnapshot snapshot = snapshot(edit, step.snapshot());
        if (snapshot.state() == State.ERROR) {
            return SILENT;
        }
        require(
                snapshot.usage() == Usage.NOT_STARTED && snapshot.state() != State.DESTROYING,
                Failure.INVALID_REQUEST,
                late(snapshot, "be given up; delete it"));
        edit.put(snapshot.in(State.ERROR).each(replica -> replica.in(Replica.State.FAILED)));
        return SILENT;
    }

    @Override
    public Optional<UsageEvent> free(Step.Free step) {
        return removal.free(step);
    }

    @Override
    public Optional<UsageEvent> beginDelete(Step.BeginDelete step) {
        return removal.beginDelete(step);
    }

    @Override
    public Optional<UsageEvent> hide(Step.Hide step) {
        return removal.hide(step);
    }

    @Override
    public Optional<UsageEvent> drop(Step.Drop step) {
        return removal.drop(step);
    }

    @Override
    public Optional<UsageEvent> condemn(Step.Condemn step) {
        return removal.condemn(step);
    }

    @Override
    public Optional<UsageEvent> delete(Step.Delete step) {
        return removal.delete(step);
    }

    @Override
    public Optional<UsageEvent> retire(Step.Retire step) {
        return removal.retire(step);
    }

    @Override
    public Optional<UsageEvent> rebase(Step.Rebase step) {
        return removal.rebase(step);
    }

    @Override
    public Optional<UsageEvent> rebaseVolume(Step.RebaseVolume step) {
        return removal.rebaseVolume(step);
    }

    private void finish(Layer layer) {
        require(
                layer.state() == Layer.State.WRITING,
                Failure.CORRUPT_DATA,
                layer.id() + " is " + layer.state() + " and cannot become whole; give the snapshot up");
        edit.put(layer.in(Layer.State.READY));
    }

    /** A backup comes after the snapshot in the pool, or instead of it; and only once in each store. */
    private void requireTurn(LogicalSnapshot snapshot, LayerId layer) {
        boolean isItsTurn = snapshot.state() == State.CREATED_ON_PRIMARY
                || (snapshot.state() == State.ALLOCATED && snapshot.replicas().isEmpty());
        require(
                isItsTurn && snapshot.usage() == Usage.NOT_STARTED,
                Failure.INVALID_REQUEST,
                late(snapshot, "be backed up"));
        require(
                snapshot.replicaIn(layer.store()).isEmpty(),
                Failure.EXISTS_DIFFERENTLY,
                snapshot.id() + " has another copy in " + layer.store());
        store(layer);
    }

    /** Without a copy in its pool, a snapshot is read from the volume, which must be there and where it was. */
    private void requireSource(LogicalSnapshot snapshot) {
        if (snapshot.replicaIn(snapshot.takenIn())
                .filter(replica -> replica.state() == Replica.State.READY)
                .isEmpty()) {
            requireUnmoved(present(edit.state().volumes().get(snapshot.volume()), snapshot.volume()), snapshot);
        }
    }

    private static void requireUnmoved(ChainVolume volume, LogicalSnapshot snapshot) {
        require(
                volume.pool().equals(snapshot.takenIn()),
                Failure.INVALID_REQUEST,
                volume.id() + " is in " + volume.pool() + " now; give " + snapshot.id() + " up and take another");
    }

    private void requireStandable(LogicalSnapshot snapshot, LayerId parent) {
        requireWhole(layer(parent));
        Set<SnapshotId> on = edit.state().linksOf(parent).live().keys();
        boolean isOfVolume = on.stream()
                .flatMap(id -> edit.state().snapshots().get(id).stream())
                .anyMatch(other -> other.volume().equals(snapshot.volume()));
        require(isOfVolume, Failure.IN_USE, "no snapshot of " + snapshot.volume() + " that lives is on " + parent);
    }

    private void requireFree(LayerId id) {
        require(
                !edit.state().layers().has(id),
                Failure.EXISTS_DIFFERENTLY,
                "there is a layer " + id + " already; ids of snapshots are not used again");
    }

    private Layer layer(LayerId id) {
        return edit.state().layers().get(id).orElseThrow(() -> refusal(Failure.NOT_FOUND, "there is no layer " + id));
    }

    private ChainStore store(LayerId layer) {
        return edit.state()
                .stores()
                .get(layer.store())
                .orElseThrow(() -> refusal(Failure.NOT_FOUND, "there is no store " + layer.store()));
    }

    private static boolean isHeld(LogicalSnapshot snapshot, LayerId layer) {
        return snapshot.replicaIn(layer.store())
                .filter(replica ->
                        replica.layer().equals(layer) && replica.state().isLive())
                .isPresent();
    }

    private static Replica held(LogicalSnapshot snapshot, LayerId layer) {
        require(
                isHeld(snapshot, layer),
                Failure.INVALID_REQUEST,
                snapshot.id() + " is " + snapshot.state() + " and is not on " + layer);
        return snapshot.copyIn(layer.store());
    }

    private static String late(LogicalSnapshot snapshot, String what) {
        return "snapshot " + snapshot.id() + " is " + snapshot.state() + " and cannot " + what;
    }
}
