package io.hvkit.storage.spi.chain;

import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import java.util.Optional;

/** Plans to make copies of snapshots full. */
final class Flattening {

    private final Draft draft;

    Flattening(Draft draft) {
        this.draft = draft;
    }

    void inPlace(LayerId layer) {
        if (stands(layer)) {
            draft.then(new Step.Rebase(layer, Optional.empty()));
        }
    }

    void beside(SnapshotId id, LayerId from, LayerId into) {
        if (from.equals(into) || !stands(from)) {
            return;
        }
        if (draft.graph().layer(into).isEmpty()) {
            draft.then(new Step.BeginFlatten(id, from, into));
        }
        draft.then(new Step.Flatten(id, from, into));
    }

    private boolean stands(LayerId layer) {
        return draft.graph().layer(layer).flatMap(Layer::parent).isPresent();
    }

    /** Returns the layer of a copy that can be read. */
    LayerId readable(SnapshotId id, PoolId store) {
        Replica replica = draft.graph()
                .require(id)
                .replicaIn(store)
                .filter(some -> some.state().isLive())
                .orElseThrow(() -> ChainPlanner.missing("copy in " + store + " of", id));
        ChainPlanner.requireUp(draft, store);
        Refusals.require(
                replica.state() == Replica.State.READY,
                Failure.OPERATION_PENDING,
                "the copy of %s in %s is being written; wait until it is whole",
                id,
                store);
        return replica.layer();
    }
}
