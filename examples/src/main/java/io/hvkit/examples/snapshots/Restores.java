package io.hvkit.examples.snapshots;

import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.MachineId;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.examples.snapshots.Site.Places;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Snapshots that are restored to new volumes; each is compared with what was there, and goes again. */
final class Restores {

    private static final MachineId READER = new MachineId("reader");

    private final HvKit hvkit;
    private final Places places;
    private final Campaign campaign;
    private final RunningDisk disk;
    private final List<String> same = new ArrayList<>();
    private final List<String> others = new ArrayList<>();

    Restores(HvKit hvkit, Places places, Campaign campaign, RunningDisk disk) {
        this.hvkit = hvkit;
        this.places = places;
        this.campaign = campaign;
        this.disk = disk;
    }

    /** Restores one. What is refused is another thing than what is wrong, and is told as such. */
    void restore(Snapshot snapshot) throws InterruptedException, IOException {
        String words = snapshot.name() + " (" + snapshot.layers() + " layers)";
        try {
            Optional<String> difference = difference(snapshot);
            if (difference.isEmpty()) {
                same.add(words);
            } else {
                others.add(words + " differs in " + difference.get());
            }
        } catch (DriverException e) {
            others.add(words + " cannot be restored: " + e.getMessage());
        }
    }

    private Optional<String> difference(Snapshot snapshot) throws InterruptedException, IOException {
        // tag::restore[]
        VolumeRecord made = hvkit.snapshots()
                .restore(RestoreRequest.of(
                                snapshot.id(),
                                "of-" + snapshot.name(),
                                places.fast().id())
                        .encrypted())
                .await();
        // end::restore[]
        Path file = hvkit.volumes()
                .attach(made.id(), places.node().id(), READER)
                .await()
                .requirePath();
        Optional<String> difference = campaign.difference(snapshot, disk.content(made, file));
        hvkit.volumes().detach(made.id(), places.node().id(), READER).await();
        hvkit.volumes().delete(made.id()).await();
        return difference;
    }

    boolean hold() {
        return others.isEmpty() && !same.isEmpty();
    }

    @Override
    public String toString() {
        return "to the last byte what was there: " + same + "; not: " + others;
    }
}
