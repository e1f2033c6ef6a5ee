package io.hvkit.storage.spi.chain;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.storage.spi.chain.TakeSnapshot.Backup;
import io.hvkit.storage.spi.chain.TakeSnapshot.Primary;
import java.util.List;
import java.util.Optional;

/** Plans to take a snapshot from wherever that is. What was decided is in the graph and is not decided again. */
final class Taking {

    private final Draft draft;
    private final TakeSnapshot request;
    private final SnapshotId id;

    Taking(Draft draft, TakeSnapshot request) {
        this.draft = draft;
        this.request = request;
        this.id = request.id();
    }

    void plan() {
        refuseOther();
        if (draft.graph().snapshot(id).filter(LogicalSnapshot::isPublished).isEmpty()) {
            begin();
            if (!backUp()) {
                return;
            }
            tidy();
            draft.then(new Step.Publish(id));
        } else {
            tidy();
        }
        if (request.primary() == Primary.FREED) {
            free();
        }
    }

    private void refuseOther() {
        draft.graph().snapshot(id).ifPresent(known -> {
            boolean isOther = !known.volume().equals(request.volume());
            boolean isOver = known.state() == State.ERROR
                    || known.state() == State.DESTROYING
                    || known.state() == State.DESTROYED;
            if (isOther || isOver) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message("there is a snapshot %s of %s, %s; take another", id, known.volume(), known.state());
            }
        });
    }

    private LogicalSnapshot snapshot() {
        return draft.graph().require(id);
    }

    private void begin() {
        PoolId pool = draft.graph()
                .volume(request.volume())
                .map(ChainVolume::pool)
                .orElseThrow(() -> ChainPlanner.missing("volume", request.volume()));
        request.backup().ifPresent(backup -> requireStore(backup.store()));
        if (draft.graph().snapshot(id).isEmpty()) {
            ChainPlanner.requireUp(draft, pool);
            straightTo().ifPresent(store -> ChainPlanner.requireUp(draft, store));
            draft.then(new Step.Allocate(id, request.volume()));
        }
        if (request.primary() == Primary.SKIPPED) {
            return;
        }
        LayerId layer = new LayerId(snapshot().takenIn(), id.value());
        if (snapshot().state() == State.ALLOCATED) {
            ChainPlanner.requireUp(draft, pool);
            draft.then(new Step.BeginTake(id, layer, baseIn(pool)));
        }
        if (snapshot().state() == State.CREATING) {
            ChainPlanner.requireUp(draft, pool);
            draft.then(new Step.Take(id, layer));
        }
    }

    private Optional<PoolId> straightTo() {
        return request.backup()
                .filter(backup -> request.primary() == Primary.SKIPPED)
                .map(Backup::store);
    }

    private void requireStore(PoolId store) {
        if (draft.graph().store(store).isEmpty()) {
            throw ChainPlanner.missing("store", store);
        }
    }

    private Optional<LayerId> baseIn(PoolId pool) {
        return draft.graph()
                .store(pool)
                .filter(store -> store.layering() == ChainStore.Layering.STACKED)
                .flatMap(store -> draft.graph().volume(request.volume()))
                .flatMap(ChainVolume::base);
    }

    /** Says whether the backup is there, or none is asked for. */
    private boolean backUp() {
        if (request.backup().isEmpty()) {
            return true;
        }
        Backup backup = request.backup().get();
        if (snapshot().replicaIn(backup.store()).isEmpty() && !beginBackUp(backup)) {
            return false;
        }
        Replica replica = snapshot().copyIn(backup.store());
        if (replica.state() == Replica.State.READY) {
            return true;
        }
        Optional<LayerId> parent = draft.graph().layer(replica.layer()).flatMap(Layer::parent);
        return draft.work(new Step.BackUp(id, snapshot().takenIn(), replica.layer(), parent));
    }

    private boolean beginBackUp(Backup backup) {
        LayerId layer = new LayerId(backup.store(), id.value());
        ChainVolume volume = draft.graph().volume(request.volume()).orElseThrow();
        BackupDecision decision =
                BackupDecision.of(draft.graph(), volume, snapshot().sequence(), backup);
        if (!draft.isUp(backup.store())) {
            return draft.work(new Step.BackUp(id, snapshot().takenIn(), layer, decision.parent()));
        }
        draft.because(decision.reason());
        draft.then(
                switch (decision.kind()) {
                    case FULL, DELTA -> new Step.BeginBackUp(id, layer, decision.parent());
                    case SHARED -> new Step.Share(id, decision.parent().orElseThrow());
                });
        return true;
    }

    /** After a layer was shared: what was begun for a layer of its own goes, and so do hidden copies of the layer it lives on now. */
    private void tidy() {
        request.backup()
                .flatMap(backup -> snapshot().replicaIn(backup.store()))
                .map(Replica::layer)
                .ifPresent(layer -> {
                    LayerId own = new LayerId(layer.store(), id.value());
                    Release release = new Release(draft);
                    if (!own.equals(layer)
                            && draft.graph().layer(own).isPresent()
                            && draft.graph().isUnread(own)) {
                        release.discard(own);
                    }
                    List<SnapshotId> dead = List.copyOf(draft.graph().deletedOn(layer));
                    dead.forEach(other -> release.copy(other, layer.store()));
                });
    }

    private void free() {
        PoolId pool = snapshot().takenIn();
        if (snapshot().replicaIn(pool).filter(some -> some.state().isLive()).isPresent()) {
            draft.then(new Step.Free(id, pool));
        }
        new Release(draft).copy(id, pool);
    }
}
