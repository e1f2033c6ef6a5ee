package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.DiskStatistics;
import io.hvkit.hypervisor.spi.MachineStatistics;
import io.hvkit.hypervisor.spi.MemoryUse;
import io.hvkit.hypervisor.spi.NicStatistics;
import io.hvkit.kvm.internal.libvirt.DomainState;
import io.hvkit.kvm.internal.libvirt.TypedValues;
import io.hvkit.kvm.internal.xml.DeviceLabels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Reads what libvirt measured of one domain. Its names end in numbers that count what is there now, and name nothing. */
final class Measurement {

    /** What a domain has at most; a count beyond that is not believed. */
    private static final long MOST_DEVICES = 4096;

    private final TypedValues values;
    private final DeviceLabels labels;

    private Measurement(TypedValues values, DeviceLabels labels) {
        this.values = values;
        this.labels = labels;
    }

    static MachineStatistics of(MachineId id, TypedValues values, DeviceLabels labels, Instant at) {
        return new Measurement(values, labels).machine(id, at);
    }

    /** Returns the paths and interfaces of the devices that were measured. */
    static Set<String> names(TypedValues values) {
        Set<String> names = new HashSet<>();
        for (long i = 0; i < devices(values, "block.count"); i++) {
            values.text("block." + i + ".path").ifPresent(names::add);
        }
        for (long i = 0; i < devices(values, "net.count"); i++) {
            values.text("net." + i + ".name").ifPresent(names::add);
        }
        return names;
    }

    private MachineStatistics machine(MachineId id, Instant at) {
        DomainState state = DomainState.of((int) values.count("state.state").orElse(0));
        MachineStatistics read = MachineStatistics.of(id, state.asMachineState(), at)
                .disks(disks(state))
                .nics(state.isActive() ? nics() : List.of());
        OptionalLong cpus = values.count("vcpu.current");
        if (cpus.isPresent() && cpus.getAsLong() > 0 && cpus.getAsLong() <= Integer.MAX_VALUE) {
            read = read.cpus((int) cpus.getAsLong());
        }
        Optional<MemoryUse> memory = memory();
        if (memory.isPresent()) {
            read = read.memory(memory.get());
        }
        OptionalLong cpuTime = values.count("cpu.time");
        // libvirt gives its own time for a domain that does not run
        return state.isActive() && cpuTime.isPresent() ? read.cpuTime(Duration.ofNanos(cpuTime.getAsLong())) : read;
    }

    private Optional<MemoryUse> memory() {
        Optional<ByteSize> most = kibibytes("balloon.maximum");
        return most.map(size -> new MemoryUse(
                kibibytes("balloon.current").orElse(size),
                size,
                kibibytes("balloon.rss"),
                kibibytes("balloon.unused")));
    }

    private List<DiskStatistics> disks(DomainState state) {
        List<DiskStatistics> disks = new ArrayList<>();
        for (long i = 0; i < devices(values, "block.count"); i++) {
            String name = "block." + i + ".";
            Optional<VolumeId> volume = values.text(name + "path")
                    .flatMap(path -> Optional.ofNullable(labels.volumes().get(path)));
            if (volume.isPresent()) {
                disks.add(disk(DiskStatistics.of(volume.get()), name, state));
            }
        }
        return disks;
    }

    private DiskStatistics disk(DiskStatistics bare, String name, DomainState state) {
        DiskStatistics read = bare;
        Optional<DiskStatistics.Traffic> in = traffic(name + "rd.");
        Optional<DiskStatistics.Traffic> out = traffic(name + "wr.");
        if (state.isActive() && in.isPresent() && out.isPresent()) {
            read = read.traffic(in.get(), out.get());
        }
        read = bytes(name + "capacity").map(read::capacity).orElse(read);
        read = bytes(name + "allocation").map(read::allocation).orElse(read);
        return bytes(name + "physical").map(read::physical).orElse(read);
    }

    private Optional<DiskStatistics.Traffic> traffic(String name) {
        OptionalLong requests = values.count(name + "reqs");
        return requests.isEmpty()
                ? Optional.empty()
                : bytes(name + "bytes").map(size -> new DiskStatistics.Traffic(size, requests.getAsLong()));
    }

    private List<NicStatistics> nics() {
        List<NicStatistics> nics = new ArrayList<>();
        for (long i = 0; i < devices(values, "net.count"); i++) {
            String name = "net." + i + ".";
            Optional<NicStatistics> nic = values.text(name + "name")
                    .flatMap(host -> Optional.ofNullable(labels.cards().get(host)))
                    .flatMap(address -> packets(name + "rx.")
                            .flatMap(in -> packets(name + "tx.").map(out -> new NicStatistics(address, in, out))));
            nic.ifPresent(nics::add);
        }
        return nics;
    }

    private Optional<NicStatistics.Traffic> packets(String name) {
        OptionalLong packets = values.count(name + "pkts");
        return packets.isEmpty()
                ? Optional.empty()
                : bytes(name + "bytes")
                        .map(size -> new NicStatistics.Traffic(
                                size, packets.getAsLong(), values.count(name + "errs"), values.count(name + "drop")));
    }

    private static long devices(TypedValues values, String name) {
        return Math.min(values.count(name).orElse(0), MOST_DEVICES);
    }

    private Optional<ByteSize> bytes(String name) {
        OptionalLong count = values.count(name);
        return count.isPresent() ? Optional.of(ByteSize.bytes(count.getAsLong())) : Optional.empty();
    }

    /** A guest tells some of these, and may tell more than there can be. */
    private Optional<ByteSize> kibibytes(String name) {
        OptionalLong count = values.count(name);
        return count.isPresent() && count.getAsLong() <= Long.MAX_VALUE >> 10
                ? Optional.of(ByteSize.kibibytes(count.getAsLong()))
                : Optional.empty();
    }
}
