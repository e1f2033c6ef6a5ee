package io.hvkit.storage.spi.chain;

import static io.hvkit.storage.spi.chain.Refusals.present;
import static io.hvkit.storage.spi.chain.Refusals.require;
import static io.hvkit.storage.spi.chain.Refusals.requireTurn;

import io.hvkit.core.Failure;
import io.hvkit.storage.spi.chain.ChainStore.Layering;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.storage.spi.chain.LogicalSnapshot.Usage;
import java.util.Map;
import java.util.Optional;

/** What the steps of a snapshot's own life do to a graph, from its id to the moment it counts, or is given up. */
final class TakingRules {

    private static final Optional<UsageEvent> SILENT = Optional.empty();

    private final GraphEdit edit;

    TakingRules(GraphEdit edit) {
        this.edit = edit;
    }

    Optional<UsageEvent> allocate(Step.Allocate step) {
        Optional<LogicalSnapshot> known = edit.snapshot(step.snapshot());
        if (known.isPresent()) {
            require(
                    known.get().volume().equals(step.volume()),
                    Failure.EXISTS_DIFFERENTLY,
                    "%s is a snapshot of %s, not of %s",
                    step.snapshot(),
                    known.get().volume(),
                    step.volume());
            return SILENT;
        }
        ChainVolume volume = present(edit.volume(step.volume()), step.volume());
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

    Optional<UsageEvent> beginTake(Step.BeginTake step) {
        LogicalSnapshot snapshot = Refusals.snapshot(edit, step.snapshot());
        if (Refusals.isHeld(snapshot, step.layer())) {
            return SILENT;
        }
        ChainVolume volume = present(edit.volume(snapshot.volume()), snapshot.volume());
        requireTurn(snapshot.state() == State.ALLOCATED, snapshot, "be taken");
        Refusals.requireUnmoved(volume, snapshot);
        require(
                step.layer().store().equals(volume.pool()),
                Failure.INVALID_REQUEST,
                "%s is not in the pool of %s",
                step.layer(),
                volume.id());
        Refusals.requireFree(edit, step.layer());
        Refusals.requireNoTake(edit, volume);
        boolean isStacked = isStacked(step.layer());
        requireBase(volume, isStacked ? volume.base() : Optional.empty(), step.parent());
        edit.put(new Layer(step.layer(), step.parent(), Layer.State.WRITING));
        if (isStacked) {
            edit.put(volume.doubting(step.layer()));
        }
        edit.put(snapshot.in(State.CREATING, new Replica(step.layer(), Replica.State.CREATING)));
        return SILENT;
    }

    private boolean isStacked(LayerId layer) {
        return Refusals.store(edit, layer).layering() == Layering.STACKED;
    }

    private void requireBase(ChainVolume volume, Optional<LayerId> base, Optional<LayerId> parent) {
        require(
                base.equals(parent),
                Failure.INVALID_REQUEST,
                "%s does not stand on what the step says; plan again",
                volume.id());
        parent.ifPresent(layer -> Refusals.requireWhole(Refusals.layer(edit, layer)));
    }

    Optional<UsageEvent> take(Step.Take step) {
        LogicalSnapshot snapshot = Refusals.snapshot(edit, step.snapshot());
        Replica replica = Refusals.held(snapshot, step.layer());
        if (replica.state() == Replica.State.READY) {
            return SILENT;
        }
        requireTurn(snapshot.state() == State.CREATING, snapshot, "be taken");
        ChainVolume volume = present(edit.volume(snapshot.volume()), snapshot.volume());
        Refusals.requireUnmoved(volume, snapshot);
        edit.put(Refusals.written(edit, step.layer()).in(Layer.State.READY));
        if (isStacked(step.layer())) {
            edit.put(volume.standingOn(Optional.of(step.layer())));
        }
        edit.put(snapshot.in(State.CREATED_ON_PRIMARY, replica.in(Replica.State.READY)));
        return SILENT;
    }

    Optional<UsageEvent> publish(Step.Publish step) {
        LogicalSnapshot snapshot = Refusals.snapshot(edit, step.snapshot());
        if (snapshot.usage() != Usage.NOT_STARTED) {
            return SILENT;
        }
        boolean isWhole = snapshot.replicas().values().stream().allMatch(some -> some.state() == Replica.State.READY);
        boolean isFarEnough = snapshot.state() == State.CREATED_ON_PRIMARY || snapshot.state() == State.BACKING_UP;
        requireTurn(isWhole && isFarEnough, snapshot, "be published");
        State now = snapshot.state() == State.BACKING_UP ? State.BACKED_UP : State.CREATED_ON_PRIMARY;
        edit.put(snapshot.in(now).counting(Usage.RUNNING));
        return Optional.of(new UsageEvent(UsageEvent.Kind.CREATED, snapshot.id()));
    }

    Optional<UsageEvent> fail(Step.Fail step) {
        LogicalSnapshot snapshot = Refusals.snapshot(edit, step.snapshot());
        if (snapshot.state() == State.ERROR) {
            return SILENT;
        }
        requireTurn(
                snapshot.usage() == Usage.NOT_STARTED && snapshot.state() != State.DESTROYING,
                snapshot,
                "be given up; delete it");
        edit.put(snapshot.in(State.ERROR).each(replica -> replica.in(Replica.State.FAILED)));
        return SILENT;
    }
}
