package io.hvkit.hypervisor.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.MachineId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A request for a machine. Equal requests are the same request: starting one twice makes one machine. */
public final class MachineSpec {

    private record Fields(
            String name,
            int cpus,
            ByteSize memory,
            List<Disk> disks,
            Optional<KernelBoot> kernel,
            Optional<Path> serialLog,
            Persistence persistence) {}

    private final Fields fields;

    private MachineSpec(Fields fields) {
        this.fields = fields;
    }

    /** Returns a transient machine with one processor, 128 MiB and no disk; the name has 1 to 128 visible ASCII characters. */
    public static MachineSpec named(String name) {
        return new MachineSpec(new Fields(
                new MachineId(name).value(),
                1,
                ByteSize.mebibytes(128),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Persistence.TRANSIENT));
    }

    /** Returns this machine with another number of processors. */
    public MachineSpec cpus(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("a machine needs a processor: " + count);
        }
        return new MachineSpec(new Fields(
                fields.name, count, fields.memory, fields.disks, fields.kernel, fields.serialLog, fields.persistence));
    }

    /** Returns this machine with another amount of memory, a whole number of KiB. */
    public MachineSpec memory(ByteSize size) {
        if (size.equals(ByteSize.ZERO) || !size.isMultipleOf(ByteSize.kibibytes(1))) {
            throw new IllegalArgumentException("memory comes in whole KiB, at least one: " + size);
        }
        return new MachineSpec(new Fields(
                fields.name, fields.cpus, size, fields.disks, fields.kernel, fields.serialLog, fields.persistence));
    }

    /**
     * Returns this machine with one more disk; the first is the one it boots from.
     *
     * @throws IllegalArgumentException if it has a disk of that volume or at that place already
     */
    public MachineSpec with(Disk disk) {
        List<Disk> more = new ArrayList<>(fields.disks);
        more.add(disk);
        Set<Object> seen = new HashSet<>();
        for (Disk each : more) {
            if (!seen.add(each.volume()) || !seen.add(each.attachment())) {
                throw new IllegalArgumentException("a machine has each volume and each place once: " + each);
            }
        }
        return new MachineSpec(new Fields(
                fields.name,
                fields.cpus,
                fields.memory,
                List.copyOf(more),
                fields.kernel,
                fields.serialLog,
                fields.persistence));
    }

    /** Returns this machine, booting a kernel of the host instead of its first disk. */
    public MachineSpec booting(KernelBoot kernel) {
        return new MachineSpec(new Fields(
                fields.name,
                fields.cpus,
                fields.memory,
                fields.disks,
                Optional.of(kernel),
                fields.serialLog,
                fields.persistence));
    }

    /** Returns this machine, whose first serial port is written to a file of the host, an absolute path. */
    public MachineSpec serialLog(Path file) {
        if (!file.isAbsolute()) {
            throw new IllegalArgumentException("the host needs an absolute path, not '" + file + "'");
        }
        return new MachineSpec(new Fields(
                fields.name,
                fields.cpus,
                fields.memory,
                fields.disks,
                fields.kernel,
                Optional.of(file),
                fields.persistence));
    }

    /** Returns this machine, remembered by its host or not. */
    public MachineSpec keptAs(Persistence persistence) {
        return new MachineSpec(new Fields(
                fields.name, fields.cpus, fields.memory, fields.disks, fields.kernel, fields.serialLog, persistence));
    }

    /** Returns the name: unique on the host, and the caller's key for finding the machine after a lost reply. */
    public String name() {
        return fields.name;
    }

    /** Returns the number of processors. */
    public int cpus() {
        return fields.cpus;
    }

    /** Returns the amount of memory. */
    public ByteSize memory() {
        return fields.memory;
    }

    /** Returns the disks, the one to boot from first. */
    public List<Disk> disks() {
        return fields.disks;
    }

    /** Returns the kernel to boot, if it is not the first disk that boots. */
    public Optional<KernelBoot> kernel() {
        return fields.kernel;
    }

    /** Returns the file of the host that the first serial port is written to, if there is one. */
    public Optional<Path> serialLog() {
        return fields.serialLog;
    }

    /** Returns whether the host remembers it. */
    public Persistence persistence() {
        return fields.persistence;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MachineSpec that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "MachineSpec" + fields;
    }
}
