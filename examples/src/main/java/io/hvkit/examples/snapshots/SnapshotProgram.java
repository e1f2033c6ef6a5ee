package io.hvkit.examples.snapshots;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.snapshot.SnapshotRequest;
import io.hvkit.examples.storage.Platform;
import io.hvkit.storage.spi.chain.ChainLimit;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Another process of the platform: it takes a snapshot, deletes others meanwhile, and is killed. */
public final class SnapshotProgram {

    private SnapshotProgram() {}

    /**
     * Takes one.
     *
     * @param arguments the address of the catalog, the file of the master keys, the volume, the store, the name, the most layers of a chain,
     *     and the snapshots that are deleted meanwhile
     */
    public static void main(String[] arguments) throws InterruptedException {
        Platform platform = new Platform(arguments[0], Path.of(arguments[1]));
        RecordId<VolumeRecord> volume = new RecordId<>(arguments[2]);
        RecordId<PoolRecord> store = new RecordId<>(arguments[3]);
        SnapshotRequest wanted =
                SnapshotRequest.named(arguments[4], store).limitedTo(new ChainLimit(Integer.parseInt(arguments[5])));
        try (HvKit hvkit = platform.open(InstantSource.system())) {
            List<Job<?>> jobs = new ArrayList<>();
            jobs.add(hvkit.snapshots().take(volume, wanted));
            for (String victim : List.of(arguments).subList(6, arguments.length)) {
                jobs.add(hvkit.snapshots().delete(new RecordId<SnapshotRecord>(victim)));
            }
            for (Job<?> job : jobs) {
                Object unused = job.await();
            }
        }
    }
}
