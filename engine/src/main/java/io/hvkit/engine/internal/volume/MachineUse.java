package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.MachineId;

/**
 * A machine's use of a volume, asked for or to be ended.
 *
 * @param volume the volume
 * @param host where the machine is
 * @param machine the machine, which may run or not
 */
public record MachineUse(RecordId<VolumeRecord> volume, RecordId<HostRecord> host, MachineId machine) {

    static MachineUse of(Facts facts) {
        return new MachineUse(
                new RecordId<>(facts.text("volume")),
                new RecordId<>(facts.text("host")),
                new MachineId(facts.text("machine")));
    }

    Facts facts() {
        return Facts.of("volume", volume).with("host", host).with("machine", machine);
    }
}
