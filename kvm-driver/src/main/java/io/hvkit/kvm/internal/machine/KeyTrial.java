package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.kvm.internal.host.HostTools;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.kvm.internal.xml.SecretXml;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Tries keys that would take the place of secrets that libvirt has, before any is touched: a running machine may need the old value
 * again. Keys of a start or a plug that come first are left to QEMU, which tries them anyway. Where the host's tools cannot be used
 * nothing is tried.
 */
final class KeyTrial {

    private final LibvirtSession session;
    private final Optional<QemuImg> tools;
    private final Supplier<HostTools> programs;

    /**
     * Tries nothing yet.
     *
     * @param tools what tries keys, if it was there when the host was connected to
     * @param programs whether the host's programs can be run
     */
    KeyTrial(LibvirtSession session, Optional<QemuImg> tools, Supplier<HostTools> programs) {
        this.session = session;
        this.tools = tools;
        this.programs = programs;
    }

    /**
     * Returns the secrets of a machine that is to be started, or runs already, whose keys were tried and open their disks.
     *
     * @throws DriverException with {@code BAD_CREDENTIALS} if one does not
     */
    Set<UUID> of(MachineSpec spec) throws InterruptedException {
        return opening(spec.name(), spec.disks(), running -> running.matches(spec));
    }

    /** Returns the same of a disk that is to be attached, or is already. */
    Set<UUID> of(MachineId machine, Disk disk) throws InterruptedException {
        return opening(
                machine.value(),
                List.of(disk),
                running -> running.disk(disk.volume())
                        .filter(there -> there.serves(disk))
                        .isPresent());
    }

    /** Returns the same of disks of a machine that is remembered and does not run. */
    Set<UUID> of(MachineId machine, List<Disk> disks) throws InterruptedException {
        return opening(machine.value(), disks, running -> true);
    }

    /**
     * Tries a key for a disk, whoever has it open.
     *
     * @return whether it opens it; if not, it was not tried, since no program of the host can be run from here
     * @throws DriverException with {@code BAD_CREDENTIALS} if it does not open it; {@code HOST_NOT_READY} if programs can be run and
     *     the one that tries keys is missing
     */
    boolean opens(Disk disk, Secret key) throws InterruptedException {
        Optional<CommandRunner> runner = programs.get().runner();
        if (tools.isEmpty() && runner.isEmpty()) {
            return false;
        }
        requireOpens(tools.isPresent() ? tools.get() : QemuImg.probe(runner.orElseThrow()), disk, key);
        return true;
    }

    /** Returns how the host's tools read an encrypted disk: to libvirt, bytes behind a LUKS header are raw and encrypted. */
    static ImageFormat imageFormat(String driverType) {
        return driverType.equals(ImageFormat.QCOW2.qemuName()) ? ImageFormat.QCOW2 : ImageFormat.LUKS;
    }

    static UUID secret(Disk disk) {
        return SecretXml.of(disk.volume(), Place.of(disk.attachment())).id();
    }

    private Set<UUID> opening(String machine, List<Disk> disks, Predicate<MachineXml> served)
            throws InterruptedException {
        List<Disk> locked = disks.stream()
                .flatMap(disk -> disk.layers().stream())
                .filter(disk -> disk.key().isPresent())
                .toList();
        Set<UUID> opening = new HashSet<>();
        if (locked.isEmpty() || tools.isEmpty()) {
            return opening;
        }
        List<Disk> replacing = session.ask(
                "look at the secrets of machine " + machine,
                connection -> serves(connection, machine, served) ? locked : defined(connection, locked));
        for (Disk disk : replacing) {
            requireOpens(tools.get(), disk, disk.key().orElseThrow());
            opening.add(secret(disk));
        }
        return opening;
    }

    private static boolean serves(LibvirtConnection connection, String machine, Predicate<MachineXml> served)
            throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(machine);
        if (found.isEmpty()) {
            return false;
        }
        try (LibvirtDomain domain = found.get()) {
            return domain.state().isActive() && served.test(MachineXml.read(domain.xml()));
        } catch (LibvirtException e) {
            if (e.saysAbsent()) {
                return false;
            }
            throw e;
        }
    }

    private static List<Disk> defined(LibvirtConnection connection, List<Disk> disks) throws LibvirtException {
        List<Disk> defined = new ArrayList<>();
        for (Disk disk : disks) {
            if (connection.hasSecret(secret(disk))) {
                defined.add(disk);
            }
        }
        return defined;
    }

    private static void requireOpens(QemuImg qemuImg, Disk disk, Secret key) throws InterruptedException {
        Path path = Path.of(Place.of(disk.attachment()).path());
        if (!qemuImg.unlocks(Image.of(path, disk.format()).unlockedBy(key))) {
            throw DriverException.because(Failure.BAD_CREDENTIALS)
                    .message(
                            "the key of disk %s does not open %s; the secret that the host has of it was left alone",
                            disk.volume(), path);
        }
    }
}
