package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.hypervisor.spi.MergeSight.Newest;

/**
 * What a person says about a disk.
 *
 * @param work its machine
 * @param volume its volume
 * @param newest what the machine had last
 */
public record Settlement(MachineWork work, RecordId<VolumeRecord> volume, Newest newest) {

    static Settlement of(Facts facts) {
        return new Settlement(
                MachineWork.of(facts), new RecordId<>(facts.text("volume")), Newest.valueOf(facts.text("newest")));
    }

    Facts facts() {
        return work.facts().with("volume", volume).with("newest", newest);
    }
}
