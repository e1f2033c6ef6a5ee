package io.hvkit.kvm.internal.xml;

import io.hvkit.hypervisor.spi.AgentChannel;
import io.hvkit.hypervisor.spi.BootSource;
import io.hvkit.hypervisor.spi.Console;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBus;
import io.hvkit.hypervisor.spi.Firmware;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.hypervisor.spi.RandomSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** Writes the description of a machine that is to be. */
public final class DomainXml {

    /** Who runs the guest's instructions. */
    public enum Acceleration {
        /** The processor, by way of Linux's KVM. */
        KVM,
        /** QEMU's translator; slow, and works anywhere. */
        TCG
    }

    /** A device that is added to a running machine takes a port; libvirt makes none for what may come. */
    private static final int FREE_PORTS = 8;

    /** What takes a port in any machine: the SCSI controller, the source of randomness, and the serial ports of virtio. */
    private static final int BUILT_IN = 3;

    /** Under this name QEMU's guest agent looks for its port. */
    static final String AGENT_PORT = "org.qemu.guest_agent.0";

    private final MachineSpec spec;
    private final Acceleration acceleration;
    private final Function<Disk, Optional<UUID>> secrets;
    private final Optional<Path> seed;

    private DomainXml(
            MachineSpec spec, Acceleration acceleration, Function<Disk, Optional<UUID>> secrets, Optional<Path> seed) {
        this.seed = seed;
        this.spec = spec;
        this.acceleration = acceleration;
        this.secrets = secrets;
    }

    /**
     * Returns the description.
     *
     * @param before the machine that the host remembers under the same name, if it does: libvirt refuses another id, and what is
     *     known of its snapshots stays
     * @param seed the CD-ROM of cloud-init
     */
    public static String write(
            MachineSpec spec,
            Optional<MachineXml> before,
            Acceleration acceleration,
            Function<Disk, Optional<UUID>> secrets,
            Optional<Path> seed) {
        return new DomainXml(spec, acceleration, secrets, seed).document(before);
    }

    private String document(Optional<MachineXml> before) {
        Xml domain = Xml.root("domain").with("type", acceleration == Acceleration.KVM ? "kvm" : "qemu");
        domain.add("name").text(spec.name());
        before.flatMap(MachineXml::id).ifPresent(known -> domain.add("uuid").text(known.toString()));
        MachineMetadata.of(spec)
                .with(before.map(known -> known.metadata().snapshots()).orElse(List.of()))
                .noting(before.map(known -> known.metadata().merges()).orElse(List.of()))
                .write(domain.add("metadata"));
        domain.add("memory")
                .with("unit", "KiB")
                .text(Long.toString(spec.memory().bytes() >> 10));
        domain.add("vcpu").text(Integer.toString(spec.cpus()));
        writeBoard(domain);
        domain.add("on_reboot").text("restart");
        domain.add("on_crash").text("destroy");
        writeDevices(domain.add("devices"));
        return domain.document();
    }

    private void writeBoard(Xml domain) {
        Xml os = domain.add("os");
        if (spec.platform().firmware() == Firmware.UEFI) {
            os.with("firmware", "efi");
        }
        os.add("type").with("arch", "x86_64").with("machine", machineType()).text("hvm");
        spec.kernel().ifPresent(kernel -> writeKernel(os, kernel));
        domain.add("features").add("acpi");
        Xml cpu = domain.add("cpu");
        Optional<String> model = spec.platform().processor();
        if (model.isPresent()) {
            cpu.with("mode", "custom").with("match", "exact").add("model").text(model.get());
        } else {
            cpu.with("mode", acceleration == Acceleration.KVM ? "host-passthrough" : "maximum");
        }
    }

    private static void writeKernel(Xml os, KernelBoot kernel) {
        os.add("kernel").text(kernel.kernel().toString());
        kernel.initrd().ifPresent(initrd -> os.add("initrd").text(initrd.toString()));
        if (!kernel.commandLine().isEmpty()) {
            os.add("cmdline").text(kernel.commandLine());
        }
    }

    private void writeDevices(Xml devices) {
        writeDisks(devices);
        writeNics(devices);
        int port = 0;
        if (spec.serialLog().isPresent()) {
            Xml serial = devices.add("serial").with("type", "file");
            serial.add("source").with("path", spec.serialLog().get().toString());
            serial.add("target").with("port", Integer.toString(port++));
        }
        if (spec.console() == Console.TERMINAL) {
            devices.add("serial").with("type", "pty").add("target").with("port", Integer.toString(port));
        }
        if (spec.agentChannel() == AgentChannel.PRESENT) {
            devices.add("channel")
                    .with("type", "unix")
                    .add("target")
                    .with("type", "virtio")
                    .with("name", AGENT_PORT);
        }
        if (spec.randomness() == RandomSource.HOST) {
            devices.add("rng")
                    .with("model", "virtio")
                    .add("backend")
                    .with("model", "random")
                    .text("/dev/urandom");
        }
        devices.add("controller").with("type", "usb").with("model", "none");
        devices.add("controller").with("type", "scsi").with("model", "virtio-scsi");
        writePorts(devices);
        devices.add("memballoon").with("model", "none");
    }

    private void writePorts(Xml devices) {
        if (!machineType().contains("q35")) {
            return; // the older board takes devices anywhere
        }
        devices.add("controller").with("type", "pci").with("index", "0").with("model", "pcie-root");
        int taken = spec.disks().size() + spec.nics().size() + BUILT_IN;
        for (int i = 0; i < taken + FREE_PORTS; i++) {
            devices.add("controller").with("type", "pci").with("model", "pcie-root-port");
        }
    }

    private String machineType() {
        return spec.platform().machineType().orElse("q35");
    }

    private void writeDisks(Xml devices) {
        DiskNames names = new DiskNames(List.of());
        int order = firstOf(BootSource.DISK);
        for (Disk disk : spec.disks()) {
            String target = names.next(disk.device().bus());
            Xml xml = DiskXml.write(devices, disk, target, secrets.apply(disk));
            writeOrder(xml, BootSource.DISK, order++);
        }
        seed.ifPresent(file -> writeSeed(devices, file, names.next(DiskBus.SCSI)));
    }

    /** On SCSI, since the kernels that are made for clouds have no driver for the board's own bus. */
    private static void writeSeed(Xml devices, Path file, String target) {
        Xml cdrom = devices.add("disk").with("type", "file").with("device", MachineXml.CDROM);
        cdrom.add("driver").with("name", "qemu").with("type", "raw");
        cdrom.add("source").with("file", file.toString());
        cdrom.add("target").with("dev", target).with("bus", "scsi");
        cdrom.add("readonly");
    }

    private void writeNics(Xml devices) {
        int order = firstOf(BootSource.NETWORK);
        for (Nic nic : spec.nics()) {
            writeOrder(NicXml.write(devices, nic), BootSource.NETWORK, order++);
        }
    }

    /** Returns the place in the boot order, from 1 on, of the first device of a kind. */
    private int firstOf(BootSource source) {
        boolean last = spec.bootOrder().indexOf(source) > 0;
        int others =
                source == BootSource.DISK ? spec.nics().size() : spec.disks().size();
        return last ? others + 1 : 1;
    }

    private void writeOrder(Xml device, BootSource source, int order) {
        if (spec.kernel().isEmpty() && spec.bootOrder().contains(source)) {
            device.add("boot").with("order", Integer.toString(order));
        }
    }
}
