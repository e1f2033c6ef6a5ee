package io.hvkit.testkit.hypervisor;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.AgentChannel;
import io.hvkit.hypervisor.spi.BootSource;
import io.hvkit.hypervisor.spi.CloudInit;
import io.hvkit.hypervisor.spi.Console;
import io.hvkit.hypervisor.spi.Discard;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBus;
import io.hvkit.hypervisor.spi.DiskCache;
import io.hvkit.hypervisor.spi.DiskDevice;
import io.hvkit.hypervisor.spi.DiskIo;
import io.hvkit.hypervisor.spi.DiskLimits;
import io.hvkit.hypervisor.spi.Firmware;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Platform;
import io.hvkit.hypervisor.spi.RandomSource;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A request that differs from a plain machine with one disk in one thing.
 *
 * @param words what differs, for people
 * @param feature what it needs, if not every hypervisor has it
 * @param spec the request, under the same name
 */
record SpecVariant(String words, Optional<HypervisorFeature> feature, MachineSpec spec) {

    private static final DiskDevice VIRTIO = DiskDevice.on(DiskBus.VIRTIO);

    /** Returns one for each thing that a request may say, but for disks. */
    static Stream<SpecVariant> of(MachineSpec plain, Secret key) {
        Disk disk = plain.disks().get(0);
        Nic card = Nic.onNetwork("contract").addressed(new MacAddress("52:54:00:c0:17:ac"));
        Disk locked =
                Disk.of(disk.volume(), disk.attachment(), ImageFormat.LUKS).unlockedBy(key);
        return Stream.concat(
                devices(plain),
                Stream.of(
                        new SpecVariant("processors", Optional.empty(), plain.cpus(2)),
                        new SpecVariant("memory", Optional.empty(), plain.memory(ByteSize.mebibytes(129))),
                        needing(HypervisorFeature.ENCRYPTED_DISKS, with(plain, locked)),
                        needing(HypervisorFeature.KERNEL_BOOT, plain.booting(KernelBoot.of(Path.of("/no/kernel")))),
                        needing(HypervisorFeature.SERIAL_LOG, plain.serialLog(Path.of("/no/log"))),
                        needing(HypervisorFeature.PERSISTENT_MACHINES, plain.keptAs(Persistence.PERSISTENT)),
                        needing(HypervisorFeature.BOARDS, plain.platform(Platform.with(Firmware.UEFI))),
                        needing(HypervisorFeature.NETWORK_CARDS, plain.with(card)),
                        needing(HypervisorFeature.BOOT_ORDER, plain.bootingFrom(BootSource.NETWORK)),
                        needing(HypervisorFeature.CONSOLE, plain.console(Console.TERMINAL)),
                        needing(HypervisorFeature.HOST_RANDOMNESS, plain.randomness(RandomSource.HOST)),
                        needing(HypervisorFeature.CLOUD_INIT, plain.cloudInit(CloudInit.of("contract"))),
                        needing(HypervisorFeature.GUEST_AGENT, plain.agentChannel(AgentChannel.PRESENT)),
                        needing(HypervisorFeature.TAGS, plain.tagged("owner", "contract"))));
    }

    /** Returns the same machine with another disk in the place of its own. */
    static MachineSpec with(MachineSpec plain, Disk disk) {
        return MachineSpec.named(plain.name()).with(disk);
    }

    private static Stream<SpecVariant> devices(MachineSpec plain) {
        return Stream.of(
                        DiskDevice.on(DiskBus.SCSI),
                        DiskDevice.on(DiskBus.SATA),
                        VIRTIO.cached(DiskCache.WRITEBACK),
                        VIRTIO.submitting(DiskIo.THREADS),
                        VIRTIO.discarding(Discard.IGNORE),
                        VIRTIO.serial("contract-1"),
                        VIRTIO.limitedTo(DiskLimits.none().iops(100)),
                        VIRTIO.limitedTo(DiskLimits.none().bandwidth(ByteSize.mebibytes(1))),
                        VIRTIO.readOnly())
                .map(device -> needing(
                        HypervisorFeature.DISK_DEVICES,
                        with(plain, plain.disks().get(0).as(device))));
    }

    private static SpecVariant needing(HypervisorFeature feature, MachineSpec spec) {
        return new SpecVariant(feature + ": " + spec, Optional.of(feature), spec);
    }
}
