package io.hvkit.engine.machine;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import io.hvkit.hypervisor.spi.MachineMove.BusyGuest;
import io.hvkit.hypervisor.spi.MachineMove.SharedDisks;
import io.hvkit.hypervisor.spi.MachineMove.Wire;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A request to bring a running machine to another host: with its disks where they are, unless it says which go along. Immutable.
 *
 * @param machine the machine
 * @param host the host it is to run on; nothing for the best one
 * @param luggage which disks go along
 * @param sharedDisks who says that both hosts see the disks that stay
 * @param wire how its memory, and disks that go along, travel
 * @param busyGuest what to do with a guest that writes faster than can be copied
 * @param bandwidth how much is copied in a second at most; as much as goes if it is not said
 */
@Incubating(since = "0.1")
public record MigrateRequest(
        RecordId<MachineRecord> machine,
        Optional<RecordId<HostRecord>> host,
        Luggage luggage,
        SharedDisks sharedDisks,
        Wire wire,
        BusyGuest busyGuest,
        Optional<ByteSize> bandwidth) {

    /** What is done with a disk that is not said to go along, and whose pool the other host does not reach. */
    public enum OutOfReach {
        /** That host does not come into question. */
        REFUSED,
        /** The disk goes along, into the best pool of that host alone, or else into the best that it reaches. */
        TAKEN_ALONG
    }

    /**
     * The disks that go along with a machine. All others stay where they are.
     *
     * @param pools the pool that each of these disks is to be in
     * @param others what is done with the others
     */
    public record Luggage(Map<RecordId<VolumeRecord>, RecordId<PoolRecord>> pools, OutOfReach others) {

        static final Luggage NONE = new Luggage(Map.of(), OutOfReach.REFUSED);

        /** Copies the map. */
        public Luggage {
            pools = Map.copyOf(pools);
        }

        private Luggage with(RecordId<VolumeRecord> disk, RecordId<PoolRecord> pool) {
            Map<RecordId<VolumeRecord>, RecordId<PoolRecord>> more = new LinkedHashMap<>(pools);
            more.put(disk, pool);
            return new Luggage(more, others);
        }
    }

    /** Returns a request for the best other host, over an encrypted wire, with disks of which the hypervisor sees that they are shared. */
    public static MigrateRequest of(RecordId<MachineRecord> machine) {
        return new MigrateRequest(
                machine,
                Optional.empty(),
                Luggage.NONE,
                SharedDisks.CHECKED,
                Wire.ENCRYPTED,
                BusyGuest.WAIT_FOR,
                Optional.empty());
    }

    /** Returns this request for one host. */
    public MigrateRequest to(RecordId<HostRecord> other) {
        return new MigrateRequest(machine, Optional.of(other), luggage, sharedDisks, wire, busyGuest, bandwidth);
    }

    /** Returns this request, with each disk that the other host does not reach going along, into the best pool for it. */
    public MigrateRequest withLocalDisks() {
        return with(new Luggage(luggage.pools, OutOfReach.TAKEN_ALONG));
    }

    /** Returns this request, with one more disk going along, into that pool, which says where the machine may go. */
    public MigrateRequest moving(RecordId<VolumeRecord> disk, RecordId<PoolRecord> pool) {
        return with(luggage.with(disk, pool));
    }

    private MigrateRequest with(Luggage other) {
        return new MigrateRequest(machine, host, other, sharedDisks, wire, busyGuest, bandwidth);
    }

    /** Returns this request with another witness that the disks that stay are shared. */
    public MigrateRequest with(SharedDisks other) {
        return new MigrateRequest(machine, host, luggage, other, wire, busyGuest, bandwidth);
    }

    /** Returns this request over another wire. */
    public MigrateRequest over(Wire other) {
        return new MigrateRequest(machine, host, luggage, sharedDisks, other, busyGuest, bandwidth);
    }

    /** Returns this request with another way to deal with a busy guest. */
    public MigrateRequest with(BusyGuest other) {
        return new MigrateRequest(machine, host, luggage, sharedDisks, wire, other, bandwidth);
    }

    /** Returns this request, with a limit on how much is copied in a second, of disks and of memory each. */
    public MigrateRequest limitedTo(ByteSize perSecond) {
        return new MigrateRequest(machine, host, luggage, sharedDisks, wire, busyGuest, Optional.of(perSecond));
    }
}
