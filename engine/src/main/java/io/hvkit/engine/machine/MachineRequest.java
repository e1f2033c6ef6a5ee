package io.hvkit.engine.machine;

import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import io.hvkit.engine.usage.Account;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.Nic;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A request for a machine. Immutable. Where it may run is said by the pools of its disks, which are in one zone.
 *
 * @param name what it is to be called, unique among machines: 1 to 128 visible ASCII characters
 * @param cpus how many processors it has
 * @param memory how much memory it has
 * @param disks the volumes that are its disks; it boots from the first one
 * @param devices what else it has
 * @param placing which hosts may run it
 * @param offering the offering by which it is had, if it is by one
 */
@Incubating(since = "0.1")
public record MachineRequest(
        String name,
        int cpus,
        ByteSize memory,
        List<RecordId<VolumeRecord>> disks,
        Devices devices,
        Placing placing,
        Optional<RecordId<OfferingRecord>> offering) {

    private static final ByteSize LEAST_MEMORY = ByteSize.mebibytes(1);
    private static final int MOST_DISKS = 64;
    private static final int USUAL_MEMORY = 128;

    /**
     * What a machine has besides its disks. None of it may hold a secret.
     *
     * @param nics the network cards
     * @param kernel the kernel of the host to boot, if no boot loader is looked for
     * @param serialLog the file of the host that the first serial port is written to
     */
    public record Devices(List<Nic> nics, Optional<KernelBoot> kernel, Optional<Path> serialLog) {

        /** Copies the list. */
        public Devices {
            nics = List.copyOf(nics);
        }
    }

    /**
     * Which hosts may run a machine.
     *
     * @param tags what a host must have, as {@link io.hvkit.engine.placement.PlacementNotes#tags(io.hvkit.catalog.spi.HostRecord)} says
     * @param owner the path of the account that it counts for; a host that is kept for somebody takes that one's machines alone
     */
    public record Placing(Set<String> tags, Optional<String> owner) {

        /** Copies the set. */
        public Placing {
            tags = Set.copyOf(tags);
        }
    }

    /**
     * Copies the list and checks the figures.
     *
     * @throws IllegalArgumentException if the name is none, a figure is too small, a disk is named twice, or the owner is no path of an account
     */
    public MachineRequest {
        name = new MachineId(name).value();
        disks = List.copyOf(disks);
        placing.owner().ifPresent(Account::of);
        if (cpus < 1 || memory.compareTo(LEAST_MEMORY) < 0) {
            throw new IllegalArgumentException("machine " + name + " has one processor and " + LEAST_MEMORY
                    + " of memory at least, not " + cpus + " and " + memory);
        }
        if (new HashSet<>(disks).size() < disks.size() || disks.size() > MOST_DISKS) {
            throw new IllegalArgumentException(
                    "machine " + name + " has " + MOST_DISKS + " disks at most, each of them once, not " + disks);
        }
    }

    /** Returns a request for a machine with one processor, 128 MiB, and nothing else. */
    public static MachineRequest named(String name) {
        return new MachineRequest(
                name,
                1,
                ByteSize.mebibytes(USUAL_MEMORY),
                List.of(),
                new Devices(List.of(), Optional.empty(), Optional.empty()),
                new Placing(Set.of(), Optional.empty()),
                Optional.empty());
    }

    /** Returns this request for another number of processors. */
    public MachineRequest cpus(int count) {
        return new MachineRequest(name, count, memory, disks, devices, placing, offering);
    }

    /** Returns this request for another amount of memory. */
    public MachineRequest memory(ByteSize size) {
        return new MachineRequest(name, cpus, size, disks, devices, placing, offering);
    }

    /** Returns this request with the volume that the machine boots from, before all other disks. */
    public MachineRequest root(RecordId<VolumeRecord> volume) {
        List<RecordId<VolumeRecord>> more = new ArrayList<>(disks);
        more.add(0, volume);
        return with(more);
    }

    /** Returns this request with a volume after all other disks. */
    public MachineRequest disk(RecordId<VolumeRecord> volume) {
        List<RecordId<VolumeRecord>> more = new ArrayList<>(disks);
        more.add(volume);
        return with(more);
    }

    private MachineRequest with(List<RecordId<VolumeRecord>> other) {
        return new MachineRequest(name, cpus, memory, other, devices, placing, offering);
    }

    /** Returns this request with a network card after the others. */
    public MachineRequest with(Nic nic) {
        List<Nic> more = new ArrayList<>(devices.nics);
        more.add(nic);
        return having(new Devices(more, devices.kernel, devices.serialLog));
    }

    /** Returns this request for a machine that boots a kernel of its host. */
    public MachineRequest booting(KernelBoot kernel) {
        return having(new Devices(devices.nics, Optional.of(kernel), devices.serialLog));
    }

    /** Returns this request with a file of the host that the first serial port is written to. */
    public MachineRequest serialLog(Path file) {
        return having(new Devices(devices.nics, devices.kernel, Optional.of(file)));
    }

    private MachineRequest having(Devices other) {
        return new MachineRequest(name, cpus, memory, disks, other, placing, offering);
    }

    /** Returns this request for hosts that have one more tag. */
    public MachineRequest onHostsTagged(String tag) {
        Set<String> more = new TreeSet<>(placing.tags);
        more.add(tag);
        return new MachineRequest(name, cpus, memory, disks, devices, new Placing(more, placing.owner), offering);
    }

    /** Returns this request for a machine that is an account's, counts for it, and may run on hosts that are kept for it. */
    public MachineRequest ownedBy(Account owner) {
        Placing owned = new Placing(placing.tags, Optional.of(owner.path()));
        return new MachineRequest(name, cpus, memory, disks, devices, owned, offering);
    }

    /**
     * Returns this request for a machine of an offering, whose terms it must have: see {@link
     * io.hvkit.engine.offering.ServiceOffering#machine}.
     */
    public MachineRequest by(RecordId<OfferingRecord> record) {
        return new MachineRequest(name, cpus, memory, disks, devices, placing, Optional.of(record));
    }
}
