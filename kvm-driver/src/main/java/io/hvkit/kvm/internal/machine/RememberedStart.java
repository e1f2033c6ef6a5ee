package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.LayerXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.kvm.internal.xml.RememberedXml;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * One start of a machine that the host remembers: first the keys of its disks are found, then it is started; if that fails, it is
 * remembered as it was and its secrets go.
 */
final class RememberedStart {

    private final LibvirtSession session;
    private final SecretKeeper secrets;
    private final DomainNotes notes;
    private final KeyTrial trial;
    private final MachineId id;
    private final KeySource keys;

    RememberedStart(
            LibvirtSession session,
            SecretKeeper secrets,
            DomainNotes notes,
            KeyTrial trial,
            MachineId id,
            KeySource keys) {
        this.session = session;
        this.secrets = secrets;
        this.notes = notes;
        this.trial = trial;
        this.id = id;
        this.keys = keys;
    }

    /**
     * A machine as it was seen.
     *
     * @param running the machine, if it runs
     */
    private record Seen(MachineXml xml, Optional<Machine> running) {}

    Machine run() throws InterruptedException {
        Seen seen = session.ask("look at machine " + id, this::see);
        if (seen.running.isPresent()) {
            return seen.running.get();
        }
        Doubt.requireNone(seen.xml);
        List<Disk> locked = new ArrayList<>();
        try {
            findKeys(seen.xml, locked);
            Set<UUID> opening = trial.of(id, locked);
            return session.change(
                    "start machine " + id,
                    connection -> notes.alone(id.value(), () -> start(connection, locked, opening)));
        } finally {
            locked.forEach(disk -> disk.key().ifPresent(Secret::close));
        }
    }

    private Seen see(LibvirtConnection connection) throws LibvirtException {
        try (LibvirtDomain domain = find(connection)) {
            return domain.state().isActive()
                    ? new Seen(MachineXml.read(domain.xml()), Optional.of(KvmHypervisor.machine(id, domain)))
                    : new Seen(MachineXml.read(domain.rememberedXml()), Optional.empty());
        } catch (LibvirtException e) {
            if (e.saysAbsent()) {
                throw absent();
            }
            throw e;
        }
    }

    /** Finds the keys of all that libvirt is to open with a secret of ours; what others defined is theirs to keep. */
    private void findKeys(MachineXml xml, List<Disk> locked) {
        for (DiskXml disk : xml.disks()) {
            findKey(xml, disk.place(), disk.format(), disk.secret(), locked);
            for (LayerXml layer : disk.layers()) {
                findKey(xml, layer.place(), layer.format(), layer.secret(), locked);
            }
        }
    }

    private void findKey(MachineXml xml, Place place, String format, Optional<UUID> secret, List<Disk> locked) {
        VolumeId volume = xml.volumes().get(place);
        if (volume != null && secret.filter(xml.ownSecrets()::contains).isPresent()) {
            Secret key = secrets.key(keys, volume)
                    .or(() -> secrets.key(volume))
                    .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                            .message(
                                    "disk %s of machine %s is encrypted and its key is not known; give it with start(id, keys),"
                                            + " or name a source with keysFrom(...)",
                                    volume, id));
            locked.add(Disk.of(volume, place.attachment(), KeyTrial.imageFormat(format))
                    .unlockedBy(key));
        }
    }

    private Machine start(LibvirtConnection connection, List<Disk> locked, Set<UUID> opening) throws LibvirtException {
        try (LibvirtDomain domain = find(connection);
                SecretKeeper.Lease lease = secrets.lease()) {
            try {
                lease.define(connection, locked, opening);
                if (!domain.state().isActive()) {
                    Doubt.requireNone(MachineXml.read(domain.rememberedXml())); // it may have run since our look
                    unbound(connection, domain);
                    domain.create();
                }
            } catch (LibvirtException | RuntimeException e) {
                undo(connection, lease.release(), e);
                if (!(e instanceof LibvirtException libvirt)
                        || !libvirt.saysExists()
                        || !domain.state().isActive()) {
                    throw e;
                } // else another call or process started it between our look and our start
            }
            return KvmHypervisor.machine(id, domain);
        }
    }

    /** Where a disk moved to may be more than its guest knew of. */
    private static void unbound(LibvirtConnection connection, LibvirtDomain domain) throws LibvirtException {
        if (MachineXml.read(domain.rememberedXml()).disks().stream()
                .anyMatch(disk -> disk.bound().isPresent())) {
            connection
                    .define(RememberedXml.of(domain.definition()).unbounded().document())
                    .close();
        }
    }

    private void undo(LibvirtConnection connection, Set<UUID> defined, Exception failure) {
        if (!(failure instanceof LibvirtException libvirt && libvirt.saysUnreachable())) {
            try {
                secrets.removeUnused(connection, defined);
            } catch (LibvirtException e) {
                failure.addSuppressed(e);
            }
        }
    }

    private LibvirtDomain find(LibvirtConnection connection) throws LibvirtException {
        return connection.find(id.value()).orElseThrow(this::absent);
    }

    private DriverException absent() {
        return DriverException.because(Failure.NOT_FOUND).message("this host knows no machine %s", id);
    }
}
