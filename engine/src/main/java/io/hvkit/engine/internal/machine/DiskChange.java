package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.engine.internal.volume.MachineUse;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

/**
 * A volume that is to become a disk of a machine, or to be none any more.
 *
 * @param machine the machine
 * @param name what it is called
 * @param volume the volume
 * @param host where the machine was when that was asked for; nowhere if it was stopped
 */
public record DiskChange(
        RecordId<MachineRecord> machine,
        String name,
        RecordId<VolumeRecord> volume,
        Optional<RecordId<HostRecord>> host) {

    /** Returns the change to a machine as it is now. */
    public static DiskChange to(MachineRecord machine, RecordId<VolumeRecord> volume) {
        return new DiskChange(machine.id(), machine.name(), volume, machine.host());
    }

    static DiskChange of(Facts facts) {
        return new DiskChange(
                new RecordId<>(facts.text("machine")),
                facts.text("name"),
                new RecordId<>(facts.text("volume")),
                facts.find("host").map(RecordId::new));
    }

    Facts facts() {
        return Facts.of("machine", machine)
                .with("name", name)
                .with("volume", volume)
                .with("host", host);
    }

    SortedSet<String> objects() {
        return MachineWork.objects(name, List.of(volume));
    }

    MachineId id() {
        return new MachineId(name);
    }

    /** Returns the machine's use of the volume, if it is on a host. */
    Optional<MachineUse> use() {
        return host.map(on -> new MachineUse(volume, on, id()));
    }

    /**
     * Looks that the machine is where it was.
     *
     * @throws DriverException with {@code OPERATION_PENDING} if it is not
     */
    void requireSame(Transaction transaction) {
        MachineRecord now = transaction.machines().require(machine);
        if (!now.host().equals(host)) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .message("machine %s was started, stopped or moved when this was asked for; ask again", name);
        }
    }
}
