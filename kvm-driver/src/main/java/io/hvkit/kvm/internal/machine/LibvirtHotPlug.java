package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.NicXml;
import io.hvkit.kvm.internal.xml.Place;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Changes the devices of running domains. */
final class LibvirtHotPlug implements HotPlug {

    private static final ByteSize SECTOR = ByteSize.bytes(512);

    private final LibvirtSession session;
    private final SecretKeeper secrets;
    private final DomainNotes notes;
    private final KeyTrial trial;
    private final HostChanges changes;

    LibvirtHotPlug(
            LibvirtSession session, SecretKeeper secrets, DomainNotes notes, KeyTrial trial, HostChanges changes) {
        this.notes = notes;
        this.trial = trial;
        this.session = session;
        this.secrets = secrets;
        this.changes = changes;
    }

    /** Work on a domain that is active. */
    @FunctionalInterface
    private interface Deed {
        void on(LibvirtConnection connection, LibvirtDomain domain, MachineXml machine) throws LibvirtException;
    }

    @Override
    public void attach(MachineId machine, Disk disk) throws InterruptedException {
        DiskXml.require(disk);
        DiskAttachment attachment = new DiskAttachment(secrets, notes, disk, trial.of(machine, disk));
        onActive("attach " + disk.volume() + " to machine " + machine, machine, attachment::to);
    }

    @Override
    public void attach(MachineId machine, Nic nic) throws InterruptedException {
        MacAddress address = nic.address()
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "a network card for a running machine needs an address, or a repeated call would add another; say"
                                        + " addressed(...) of %s",
                                nic));
        onActive("attach " + nic + " to machine " + machine, machine, (connection, domain, xml) -> {
            if (card(xml, address).isEmpty()) {
                domain.attach(NicXml.document(nic));
            }
        });
    }

    @Override
    public void detach(MachineId machine, VolumeId disk, Duration patience) throws InterruptedException {
        Set<Place> layers = new HashSet<>();
        new DeviceRemoval(session, notes, changes, machine, patience) {
            @Override
            Optional<String> device(MachineXml xml) {
                Optional<DiskXml> found = xml.disk(disk);
                found.ifPresent(there -> layers.addAll(there.places()));
                if (found.flatMap(DiskXml::mirror).isPresent()) {
                    throw DriverException.because(Failure.OPERATION_PENDING)
                            .effect(Effect.NOT_APPLIED)
                            .message(
                                    "disk %s of machine %s is being moved or merged; wait for that, or cancel it",
                                    disk, machine);
                }
                return found.map(DiskXml::removal);
            }

            @Override
            void gone(LibvirtConnection connection, LibvirtDomain domain) throws LibvirtException {
                MachineXml xml = MachineXml.read(domain.xml());
                layers.addAll(xml.places(disk));
                secrets.adopt(xml.ownSecrets(layers));
                notes.forgetDisk(domain, layers);
                secrets.removeUnused(connection);
            }

            @Override
            public String toString() {
                return "disk " + disk;
            }
        }.run();
    }

    @Override
    public void detach(MachineId machine, MacAddress nic, Duration patience) throws InterruptedException {
        new DeviceRemoval(session, notes, changes, machine, patience) {
            @Override
            Optional<String> device(MachineXml xml) {
                return card(xml, nic).map(NicXml::document);
            }

            @Override
            public String toString() {
                return "network card " + nic;
            }
        }.run();
    }

    @Override
    public void resize(MachineId machine, VolumeId disk, ByteSize size) throws InterruptedException {
        if (size.equals(ByteSize.ZERO) || !size.isMultipleOf(SECTOR)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a disk has a whole number of sectors of 512 bytes, at least one, not %s", size);
        }
        onActive("resize " + disk + " of machine " + machine, machine, (connection, domain, xml) -> {
            DiskXml found = xml.disk(disk)
                    .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                            .message("machine %s has no disk %s", machine, disk));
            String target = found.target();
            ByteSize now = ByteSize.bytes(domain.disk(target).capacity());
            if (size.compareTo(now) < 0) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "disk %s of machine %s has %s; a running disk is never made smaller, as %s would be",
                                disk, machine, now, size);
            }
            if (!size.equals(now)) {
                resize(domain, found, size);
                requireSize(domain, target, size);
            }
        });
    }

    private static void resize(LibvirtDomain domain, DiskXml disk, ByteSize size) throws LibvirtException {
        try {
            domain.disk(disk.target()).resize(size.bytes());
        } catch (LibvirtException e) {
            if (disk.bound().isEmpty() || e.saysUnreachable()) {
                throw e;
            }
            throw DriverException.because(Failure.UNSUPPORTED)
                    .causedBy(e)
                    .message(
                            "%s has more room than the disk that moved there, and this libvirt gives it to no running machine;"
                                    + " stop machine %s and start it, and the disk has all of it",
                            disk.place(), domain.name());
        }
    }

    private static void requireSize(LibvirtDomain domain, String target, ByteSize size) throws LibvirtException {
        ByteSize now = ByteSize.bytes(domain.disk(target).capacity());
        if (!now.equals(size)) {
            throw DriverException.because(Failure.DEFECT)
                    .message("libvirt was to make disk %s %s large and says so, but it has %s", target, size, now);
        }
    }

    private static Optional<Nic> card(MachineXml xml, MacAddress address) {
        return xml.nics().stream()
                .filter(nic -> nic.address().filter(address::equals).isPresent())
                .findFirst();
    }

    private void onActive(String what, MachineId machine, Deed deed) throws InterruptedException {
        session.change(
                what,
                connection -> notes.alone(machine.value(), () -> {
                    Optional<LibvirtDomain> found = connection.find(machine.value());
                    if (found.isPresent()) {
                        try (LibvirtDomain domain = found.get()) {
                            if (domain.state().isActive()) {
                                deed.on(connection, domain, MachineXml.read(domain.xml()));
                                return machine;
                            }
                        }
                    }
                    throw DriverException.because(Failure.NOT_FOUND)
                            .message("no machine %s runs on this host", machine);
                }));
    }
}
