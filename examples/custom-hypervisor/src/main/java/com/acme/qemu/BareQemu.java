package com.acme.qemu;

import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.Support;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.DirectDownload;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.download.HttpDownload;
import io.hvkit.qemu.qmp.QemuProcess;
import io.hvkit.qemu.qmp.QemuProcesses;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A hypervisor of one's own: machines are plain QEMU processes of this host, without libvirt. */
public final class BareQemu implements HypervisorDriver {
    // tag::driver[]
    public static final HypervisorType TYPE = HypervisorType.named("bare-qemu", "Bare QEMU")
            .withTemplates(ImageFormat.RAW)
            .offering(HypervisorFeature.LOCAL_STORAGE, Support.NATIVE)
            .offering(HypervisorFeature.KERNEL_BOOT, Support.NATIVE)
            .offering(HypervisorFeature.SERIAL_LOG, Support.NATIVE)
            .offering(HypervisorFeature.DIRECT_DOWNLOAD, Support.NATIVE);
    public static final Option<Path> WORK_DIRECTORY = Option.path("work-directory");

    @Override
    public Set<HypervisorType> types() {
        return Set.of(TYPE);
    }

    @Override
    public SpiVersion builtAgainst() {
        return new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);
    }

    @Override
    public Set<Option<?>> options() {
        return Set.of(WORK_DIRECTORY);
    }

    @Override
    public Hypervisor open(HostId host, HypervisorType type, Options options) {
        Path directory = options.get(WORK_DIRECTORY);
        return new Host(host, directory, QemuProcesses.in(directory));
    }
    // end::driver[]

    private record Host(HostId host, Path directory, QemuProcesses machines) implements Hypervisor {
        @Override
        public Features<HypervisorFeature> features() {
            return TYPE.features();
        }

        // tag::start[]
        @Override
        public Machine start(MachineSpec spec) throws InterruptedException {
            List<String> args = new ArrayList<>(List.of("-smp", "" + spec.cpus()));
            args.addAll(List.of("-m", spec.memory().bytes() / 1024 + "k"));
            spec.kernel()
                    .ifPresent(k -> args.addAll(List.of("-kernel", k.kernel().toString(), "-append", k.commandLine())));
            spec.kernel().flatMap(k -> k.initrd()).ifPresent(file -> args.addAll(List.of("-initrd", file.toString())));
            spec.serialLog().ifPresent(log -> args.addAll(List.of("-serial", "file:" + log)));
            Map<String, Image> disks = new LinkedHashMap<>();
            for (Disk disk : spec.disks()) {
                disks.put(disk.volume().value(), Image.of(disk.attachment().requirePath(), disk.format()));
            }
            return machine(machines.start(spec.name(), args, disks));
        }
        // end::start[]

        @Override
        public void stop(MachineId id, StopMode mode) throws InterruptedException {
            machines.stop(id.value());
        }

        @Override
        public List<Machine> list() {
            return machines.list().stream().map(Host::machine).toList();
        }

        private static Machine machine(QemuProcess process) {
            List<MachineDisk> disks = new ArrayList<>();
            process.disks().forEach((volume, place) -> disks.add(new MachineDisk(new VolumeId(volume), place)));
            return Machine.of(new MachineId(process.name()), process.name(), MachineState.RUNNING)
                    .with(disks);
        }

        // tag::download[]
        @Override
        public Optional<DirectDownload> directDownload() {
            return Optional.of(HttpDownload.into(directory).taking(ImageFormat.RAW)::fetch);
        }
        // end::download[]

        @Override
        public void close() {}
    }
}
