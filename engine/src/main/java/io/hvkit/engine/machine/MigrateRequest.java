package io.hvkit.engine.machine;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import io.hvkit.hypervisor.spi.MachineMove.BusyGuest;
import io.hvkit.hypervisor.spi.MachineMove.SharedDisks;
import io.hvkit.hypervisor.spi.MachineMove.Wire;
import java.util.Optional;

/**
 * A request to bring a running machine to another host, with its disks where they are. Immutable.
 *
 * @param machine the machine
 * @param host the host it is to run on; nothing for the best one
 * @param sharedDisks who says that both hosts see the same disks
 * @param wire how its memory travels
 * @param busyGuest what to do with a guest that writes faster than can be copied
 * @param bandwidth how much is copied in a second at most; as much as goes if it is not said
 */
@Incubating(since = "0.1")
public record MigrateRequest(
        RecordId<MachineRecord> machine,
        Optional<RecordId<HostRecord>> host,
        SharedDisks sharedDisks,
        Wire wire,
        BusyGuest busyGuest,
        Optional<ByteSize> bandwidth) {

    /** Returns a request for the best other host, over an encrypted wire, with disks of which the hypervisor sees that they are shared. */
    public static MigrateRequest of(RecordId<MachineRecord> machine) {
        return new MigrateRequest(
                machine, Optional.empty(), SharedDisks.CHECKED, Wire.ENCRYPTED, BusyGuest.WAIT_FOR, Optional.empty());
    }

    /** Returns this request for one host. */
    public MigrateRequest to(RecordId<HostRecord> other) {
        return new MigrateRequest(machine, Optional.of(other), sharedDisks, wire, busyGuest, bandwidth);
    }

    /** Returns this request with another witness that the disks are shared. */
    public MigrateRequest with(SharedDisks other) {
        return new MigrateRequest(machine, host, other, wire, busyGuest, bandwidth);
    }

    /** Returns this request over another wire. */
    public MigrateRequest over(Wire other) {
        return new MigrateRequest(machine, host, sharedDisks, other, busyGuest, bandwidth);
    }

    /** Returns this request with another way to deal with a busy guest. */
    public MigrateRequest with(BusyGuest other) {
        return new MigrateRequest(machine, host, sharedDisks, wire, other, bandwidth);
    }

    /** Returns this request, with a limit on how much is copied in a second. */
    public MigrateRequest limitedTo(ByteSize perSecond) {
        return new MigrateRequest(machine, host, sharedDisks, wire, busyGuest, Optional.of(perSecond));
    }
}
