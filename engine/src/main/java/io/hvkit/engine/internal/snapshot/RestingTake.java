package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.chain.LayerId;
import java.util.List;
import java.util.Optional;

/** Fills the layer of a volume with which no machine runs, with what differs from what it stands on, or in full. */
final class RestingTake {

    private final Ground ground;
    private final RecordId<VolumeRecord> volume;
    private final TakePlan plan;
    private final TakePlace place;

    RestingTake(Ground ground, RecordId<VolumeRecord> volume, TakePlan plan, TakePlace place) {
        this.ground = ground;
        this.volume = volume;
        this.plan = plan;
        this.place = place;
    }

    /**
     * Fills it, compares it, and leaves the host nothing.
     *
     * @param line the layer and all that it stands on, from the top down
     */
    Facts fill(List<LayerId> line, Run run) throws InterruptedException {
        RestingBackup backup = new RestingBackup(ground, volume, plan, line);
        run.step(Step.of("lend", backup::lend).undoneBy(evidence -> backup.giveBack()));
        if (!backup.isOfChanges() || !isFilledWithChanges(backup, run)) {
            RestingBackup whole = new RestingBackup(ground, volume, plan, line.subList(0, 1));
            run.step(Step.of("copy", () -> whole.copy(run.progress())));
            run.step(Step.of("compare", () -> whole.compare(run.progress())));
        }
        return run.step(Step.of("close", () -> {
            backup.giveBack();
            return Facts.NONE;
        }));
    }

    private boolean isFilledWithChanges(RestingBackup backup, Run run) throws InterruptedException {
        Optional<String> trouble = run.step(Step.of("changes", () -> backup.changes(run.progress())))
                .find(RestingBackup.TROUBLE);
        if (trouble.isPresent()) {
            run.step(Step.recorded("instead", transaction -> place.takeInFull(transaction, plan, trouble.get())));
        }
        return trouble.isEmpty();
    }
}
