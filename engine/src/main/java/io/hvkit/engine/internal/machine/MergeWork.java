package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import java.time.Duration;

/**
 * A machine whose disks are to be merged.
 *
 * @param work the machine
 * @param patience how long each disk is waited for
 */
public record MergeWork(MachineWork work, Duration patience) {

    static MergeWork of(Facts facts) {
        return new MergeWork(MachineWork.of(facts), Duration.parse(facts.text("patience")));
    }

    Facts facts() {
        return work.facts().with("patience", patience);
    }
}
