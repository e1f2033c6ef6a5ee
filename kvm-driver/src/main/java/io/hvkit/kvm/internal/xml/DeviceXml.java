package io.hvkit.kvm.internal.xml;

import io.hvkit.core.ByteSize;
import io.hvkit.hypervisor.spi.Discard;
import io.hvkit.hypervisor.spi.DiskBus;
import io.hvkit.hypervisor.spi.DiskCache;
import io.hvkit.hypervisor.spi.DiskDevice;
import io.hvkit.hypervisor.spi.DiskIo;
import io.hvkit.hypervisor.spi.DiskLimits;
import java.util.Locale;
import java.util.Optional;

/** How a machine sees a disk, in a domain's description. libvirt's words are ours in lower case. */
final class DeviceXml {

    private DeviceXml() {}

    /** Writes the driver's part, which stands first in a disk. */
    static void writeDriver(Xml disk, DiskDevice device, String format) {
        Xml driver = disk.add("driver")
                .with("name", "qemu")
                .with("type", format)
                .with("cache", word(device.cache()))
                .with("discard", word(device.discard()));
        device.io().ifPresent(io -> driver.with("io", word(io)));
    }

    /** Writes the rest. */
    static void write(Xml disk, DiskDevice device, String target) {
        disk.add("target").with("dev", target).with("bus", word(device.bus()));
        writeLimits(disk, device.limits());
        device.serial().ifPresent(serial -> disk.add("serial").text(serial));
        if (device.isReadOnly()) {
            disk.add("readonly");
        }
    }

    /** Reads how a machine sees a disk; what no request can say counts as what is usual. */
    static DiskDevice read(Xml disk) {
        Optional<Xml> driver = disk.find("driver");
        DiskDevice device = DiskDevice.on(disk.find("target")
                        .flatMap(target -> word(DiskBus.values(), target.attribute("bus")))
                        .orElse(DiskBus.VIRTIO))
                .cached(driver.flatMap(d -> word(DiskCache.values(), d.attribute("cache")))
                        .orElse(DiskCache.WRITEBACK))
                .discarding(driver.flatMap(d -> word(Discard.values(), d.attribute("discard")))
                        .orElse(Discard.IGNORE))
                .limitedTo(disk.find("iotune").map(DeviceXml::readLimits).orElse(DiskLimits.none()));
        DiskDevice submitting = driver.flatMap(d -> word(DiskIo.values(), d.attribute("io")))
                .flatMap(io -> Foreign.value(() -> device.submitting(io)))
                .orElse(device);
        DiskDevice named = disk.find("serial")
                .flatMap(serial -> Foreign.value(() -> submitting.serial(serial.text())))
                .orElse(submitting);
        return disk.find("readonly").isPresent() ? named.readOnly() : named;
    }

    private static void writeLimits(Xml disk, DiskLimits limits) {
        if (limits.equals(DiskLimits.none())) {
            return;
        }
        Xml iotune = disk.add("iotune");
        limits.bandwidth().ifPresent(most -> count(iotune, "total_bytes_sec", most.bytes()));
        limits.iops().ifPresent(most -> count(iotune, "total_iops_sec", most));
        limits.burst().ifPresent(most -> count(iotune, "total_iops_sec_max", most));
    }

    private static DiskLimits readLimits(Xml iotune) {
        DiskLimits limits = DiskLimits.none();
        Optional<Long> bandwidth = count(iotune, "total_bytes_sec");
        Optional<Long> iops = count(iotune, "total_iops_sec");
        Optional<Long> burst = count(iotune, "total_iops_sec_max");
        if (bandwidth.isPresent()) {
            limits = limits.bandwidth(ByteSize.bytes(bandwidth.get()));
        }
        if (iops.isPresent()) {
            limits = limits.iops(iops.get());
        }
        return burst.isPresent() ? limits.burstOf(burst.get()) : limits;
    }

    private static void count(Xml iotune, String name, long value) {
        iotune.add(name).text(Long.toString(value));
    }

    private static Optional<Long> count(Xml iotune, String name) {
        return iotune.find(name)
                .flatMap(value -> Foreign.value(() -> Long.parseLong(value.text())))
                .filter(value -> value > 0);
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static <E extends Enum<E>> Optional<E> word(E[] all, Optional<String> name) {
        for (E each : all) {
            if (name.filter(word(each)::equals).isPresent()) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }
}
