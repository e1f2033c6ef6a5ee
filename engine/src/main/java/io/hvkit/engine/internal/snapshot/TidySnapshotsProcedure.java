package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.volume.Ground;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Finishes what deletions of a volume's snapshots could not do, and removes layers that nobody reads. */
public final class TidySnapshotsProcedure implements Procedure<RecordId<VolumeRecord>, RecordId<VolumeRecord>> {

    private final RemovalSteps steps;

    /** Makes it. */
    public TidySnapshotsProcedure(Ground ground) {
        this.steps = new RemovalSteps(ground);
    }

    @Override
    public String kind() {
        return "snapshot.tidy";
    }

    @Override
    public Facts facts(RecordId<VolumeRecord> volume) {
        return Facts.of("volume", volume);
    }

    @Override
    public RecordId<VolumeRecord> request(Facts facts) {
        return new RecordId<>(facts.text("volume"));
    }

    @Override
    public SortedSet<String> objects(RecordId<VolumeRecord> volume) {
        return new TreeSet<>(Set.of("chain:" + volume));
    }

    @Override
    public Facts run(RecordId<VolumeRecord> volume, Run run) throws InterruptedException {
        steps.run(
                run,
                ChainKey.of(volume),
                Optional.empty(),
                ledger -> ledger.planner().collect());
        return Facts.of("volume", volume);
    }

    @Override
    public RecordId<VolumeRecord> result(RecordId<VolumeRecord> volume, Facts result) {
        return volume;
    }
}
