package io.hvkit.storage.spi.chain;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Makes a graph of rows that somebody kept, and refuses rows that do not fit together. */
final class RowCheck {

    private final GraphState state;

    private RowCheck(GraphState state) {
        this.state = state;
    }

    static GraphState load(ChainRows rows, Tree.Probe probe) {
        GraphEdit edit = new GraphEdit(GraphState.empty(probe));
        rows.stores().forEach(edit::put);
        rows.volumes().forEach(edit::put);
        rows.layers().forEach(edit::put);
        rows.snapshots().forEach(edit::put);
        GraphState state = edit.state();
        new RowCheck(state).check(rows);
        return state;
    }

    private void check(ChainRows rows) {
        sameSize("stores", rows.stores().size(), state.stores().size());
        sameSize("volumes", rows.volumes().size(), state.volumes().size());
        sameSize("layers", rows.layers().size(), state.layers().size());
        sameSize("snapshots", rows.snapshots().size(), state.snapshots().size());
        for (LayerId read : state.links().keys()) {
            require(state.layers().has(read), "layer %s is read and is not there", read);
        }
        for (Layer layer : rows.layers()) {
            require(state.stores().has(layer.id().store()), "layer %s is in a store that nobody knows", layer.id());
        }
        for (LogicalSnapshot snapshot : rows.snapshots()) {
            require(
                    state.volumes().has(snapshot.volume()),
                    "snapshot %s is of a volume that nobody knows",
                    snapshot.id());
            for (Replica replica : snapshot.replicas().values()) {
                require(
                        !replica.state().isLive() || !isDeleting(replica.layer()),
                        "layer %s is to go and a snapshot reads it",
                        replica.layer());
            }
        }
        refuseCircles(rows);
    }

    private boolean isDeleting(LayerId layer) {
        return state.layers()
                .get(layer)
                .filter(row -> row.state() == Layer.State.DELETING)
                .isPresent();
    }

    private static void sameSize(String what, int given, int kept) {
        require(given == kept, "two of the %s have one id", what);
    }

    private void refuseCircles(ChainRows rows) {
        Set<LayerId> grounded = new HashSet<>();
        for (Layer layer : rows.layers()) {
            Deque<LayerId> way = new ArrayDeque<>();
            Set<LayerId> seen = new HashSet<>();
            Optional<LayerId> at = Optional.of(layer.id());
            while (at.isPresent() && !grounded.contains(at.get())) {
                require(seen.add(at.get()), "layer %s stands on itself", at.get());
                way.push(at.get());
                at = state.layers().get(at.get()).flatMap(Layer::parent);
            }
            grounded.addAll(way);
        }
    }

    private static void require(boolean holds, String format, Object argument) {
        if (!holds) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .message("the kept rows do not fit together: " + format, argument);
        }
    }
}
