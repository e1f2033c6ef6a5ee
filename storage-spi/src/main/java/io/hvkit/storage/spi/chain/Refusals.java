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
        Optional<SnapshotId> newest = edit.state()
                .historyOf(volume.id())
                .inStore()
                .get(volume.pool())
                .flatMap(some -> some.below(volume.next()))
                .filter(id -> snapshot(edit, id).state() == State.CREATING);
        require(
                newest.isEmpty() && volume.doubt().isEmpty(),
                Failure.OPERATION_PENDING,
                "a snapshot of " + volume.id() + " is being taken, or was given up and may have been taken");
    }

    static void requireWhole(Layer layer) {
        switch (layer.state()) {
            case READY -> {}
            case WRITING -> throw refusal(Failure.OPERATION_PENDING, layer.id() + " is being written");
            case UNUSABLE -> throw refusal(Failure.CORRUPT_DATA, layer.id() + " is unusable");
            case DELETING -> throw refusal(Failure.IN_USE, layer.id() + " is to go");
        }
    }

    static LogicalSnapshot snapshot(GraphEdit edit, SnapshotId id) {
        return edit.state()
                .snapshots()
                .get(id)
                .orElseThrow(() -> refusal(Failure.NOT_FOUND, "there is no snapshot " + id));
    }

    static ChainVolume present(Optional<ChainVolume> volume, Object id) {
        return volume.filter(some -> some.life() == ChainVolume.Life.PRESENT)
                .orElseThrow(() -> refusal(Failure.NOT_FOUND, "there is no volume " + id));
    }

    static void require(boolean holds, Failure failure, String message) {
        if (!holds) {
            throw refusal(failure, message);
        }
    }

    static DriverException refusal(Failure failure, String message) {
        return DriverException.because(failure).effect(Effect.NOT_APPLIED).message("%s", message);
    }
}
