package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What one machine has used at one moment. What a hypervisor does not know is left out, never zero. Immutable; every change is
 * another value.
 */
@Incubating(since = "0.1")
public final class MachineStatistics {

    private record Fields(
            MachineId machine,
            MachineState state,
            Instant measuredAt,
            Optional<Duration> cpuTime,
            OptionalInt cpus,
            Optional<MemoryUse> memory,
            List<DiskStatistics> disks,
            List<NicStatistics> nics) {}

    private final Fields fields;

    private MachineStatistics(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns the statistics of a machine of which nothing more is known.
     *
     * @param measuredAt when its host had answered, by the clock of this process
     */
    public static MachineStatistics of(MachineId machine, MachineState state, Instant measuredAt) {
        return new MachineStatistics(new Fields(
                machine,
                state,
                measuredAt,
                Optional.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                List.of(),
                List.of()));
    }

    /**
     * Returns these with the time that the host's processors have spent on the machine.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public MachineStatistics cpuTime(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("no processor has worked for " + time);
        }
        Fields f = fields;
        return new MachineStatistics(
                new Fields(f.machine, f.state, f.measuredAt, Optional.of(time), f.cpus, f.memory, f.disks, f.nics));
    }

    /**
     * Returns these with the number of processors.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public MachineStatistics cpus(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("a machine needs a processor: " + count);
        }
        Fields f = fields;
        return new MachineStatistics(new Fields(
                f.machine, f.state, f.measuredAt, f.cpuTime, OptionalInt.of(count), f.memory, f.disks, f.nics));
    }

    /** Returns these with the memory. */
    public MachineStatistics memory(MemoryUse use) {
        Fields f = fields;
        return new MachineStatistics(
                new Fields(f.machine, f.state, f.measuredAt, f.cpuTime, f.cpus, Optional.of(use), f.disks, f.nics));
    }

    /** Returns these with the disks. */
    public MachineStatistics disks(List<DiskStatistics> all) {
        Fields f = fields;
        return new MachineStatistics(
                new Fields(f.machine, f.state, f.measuredAt, f.cpuTime, f.cpus, f.memory, List.copyOf(all), f.nics));
    }

    /** Returns these with the network cards. */
    public MachineStatistics nics(List<NicStatistics> all) {
        Fields f = fields;
        return new MachineStatistics(
                new Fields(f.machine, f.state, f.measuredAt, f.cpuTime, f.cpus, f.memory, f.disks, List.copyOf(all)));
    }

    /** Returns the machine. */
    public MachineId machine() {
        return fields.machine;
    }

    /** Returns what it did at that moment. */
    public MachineState state() {
        return fields.state;
    }

    /** Returns when its host had answered, by the clock of this process; to measure a rate, divide by the time between two. */
    public Instant measuredAt() {
        return fields.measuredAt;
    }

    /**
     * Returns the time that the host's processors have spent on the machine since it started, its devices included; with several
     * processors it grows faster than the clock. Nothing if it does not run.
     */
    public Optional<Duration> cpuTime() {
        return fields.cpuTime;
    }

    /** Returns how many processors it has now. */
    public OptionalInt cpus() {
        return fields.cpus;
    }

    /** Returns its memory. */
    public Optional<MemoryUse> memory() {
        return fields.memory;
    }

    /** Returns its disks, as far as the driver knows which volume each is; those alone that {@link Machine#disks} has too. */
    public List<DiskStatistics> disks() {
        return fields.disks;
    }

    /** Returns the disk that is a volume, if it has it. */
    public Optional<DiskStatistics> disk(VolumeId volume) {
        return fields.disks.stream()
                .filter(disk -> disk.volume().equals(volume))
                .findAny();
    }

    /** Returns its network cards, as far as they have an address; nothing of a machine that does not run. */
    public List<NicStatistics> nics() {
        return fields.nics;
    }

    /** Returns the network card with an address, if it has it. */
    public Optional<NicStatistics> nic(MacAddress address) {
        return fields.nics.stream().filter(nic -> nic.address().equals(address)).findAny();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MachineStatistics that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "MachineStatistics" + fields;
    }
}
