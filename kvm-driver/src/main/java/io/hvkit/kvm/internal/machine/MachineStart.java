package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.DomainXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.kvm.internal.xml.SecretXml;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** One start of a machine: its secrets first, then the machine; if that fails, neither. */
final class MachineStart {

    private final DomainXml.Acceleration acceleration;
    private final SecretKeeper secrets;
    private final MachineSeeds seeds;
    private final DomainNotes notes;
    private final MachineSpec spec;
    private final Set<UUID> opening;

    /**
     * @param opening the secrets whose keys were tried and open their disks
     */
    MachineStart(
            DomainXml.Acceleration acceleration,
            SecretKeeper secrets,
            MachineSeeds seeds,
            DomainNotes notes,
            MachineSpec spec,
            Set<UUID> opening) {
        this.acceleration = acceleration;
        this.secrets = secrets;
        this.seeds = seeds;
        this.notes = notes;
        this.spec = spec;
        this.opening = opening;
    }

    /** Starts it, or confirms that an equal request did. */
    Machine on(LibvirtConnection connection) throws LibvirtException {
        return notes.alone(spec.name(), () -> start(connection));
    }

    private Machine start(LibvirtConnection connection) throws LibvirtException {
        Optional<String> remembered = Optional.empty();
        Optional<LibvirtDomain> found = connection.find(spec.name());
        if (found.isPresent()) {
            try (LibvirtDomain domain = found.get()) {
                if (domain.state().isActive()) {
                    return confirmed(connection, domain);
                }
                if (spec.persistence() == Persistence.TRANSIENT) {
                    throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                            .message("the host remembers another machine %s; forget it first", spec.name());
                }
                remembered = Optional.of(domain.rememberedXml());
            }
        }
        Optional<MachineXml> before = remembered.map(MachineXml::read);
        before.ifPresent(Doubt::requireNone);
        before.ifPresent(this::requireNothingFrozen);
        before.ifPresent(known -> new StartCheck(known, spec).requireNewest());
        before.ifPresent(seeds::adopt);
        Optional<Path> seed = seeds.make(spec);
        try {
            return started(connection, remembered, before, seed);
        } finally {
            seeds.settle(seed);
            if (seed.isPresent() || before.flatMap(MachineXml::seed).isPresent()) {
                seeds.sweep(connection);
            }
        }
    }

    private Machine started(
            LibvirtConnection connection, Optional<String> remembered, Optional<MachineXml> before, Optional<Path> seed)
            throws LibvirtException {
        String xml = DomainXml.write(spec, before, acceleration, SecretXml::idOf, seed);
        try (SecretKeeper.Lease lease = secrets.lease()) {
            try {
                lease.define(connection, spec.disks(), opening);
                switch (spec.persistence()) {
                    case TRANSIENT -> connection.create(xml).close();
                    case PERSISTENT -> startPersistent(connection, xml, remembered);
                }
            } catch (LibvirtException | RuntimeException e) {
                undo(connection, lease.release(), e);
                Optional<Machine> other = startedMeanwhile(connection, e);
                if (other.isPresent()) {
                    return other.get();
                }
                throw e;
            }
        }
        return machine(xml, MachineState.RUNNING);
    }

    /** What is written to a frozen disk would be lost to its snapshot, and spoil what was written since. */
    private void requireNothingFrozen(MachineXml before) {
        for (MachineSnapshot snapshot : before.snapshots()) {
            for (SnapshotDisk frozen : snapshot.disks()) {
                Place place = Place.of(frozen.frozen().attachment());
                boolean written = spec.disks().stream()
                        .anyMatch(disk -> !disk.device().isReadOnly()
                                && Place.of(disk.attachment()).equals(place));
                if (written) {
                    throw DriverException.because(Failure.INVALID_REQUEST)
                            .message(
                                    "disk %s of machine %s is frozen by snapshot %s, and %s holds what was written since; start"
                                            + " with that over it, or revert to the snapshot first",
                                    frozen.frozen().volume(),
                                    spec.name(),
                                    snapshot.id(),
                                    frozen.overlay().volume());
                }
            }
        }
    }

    /** Another process, or a call of ours that was given up, may have started it between our look and our start. */
    private Optional<Machine> startedMeanwhile(LibvirtConnection connection, Exception failure)
            throws LibvirtException {
        if (!(failure instanceof LibvirtException libvirt) || !libvirt.saysExists()) {
            return Optional.empty();
        }
        Optional<LibvirtDomain> found = connection.find(spec.name());
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (LibvirtDomain domain = found.get()) {
            return domain.state().isActive() ? Optional.of(confirmed(connection, domain)) : Optional.empty();
        }
    }

    /** An equal request was carried out before; libvirt gets the keys once more, in case it has lost them. */
    private Machine confirmed(LibvirtConnection connection, LibvirtDomain domain) throws LibvirtException {
        Persistence persistence = domain.isPersistent() ? Persistence.PERSISTENT : Persistence.TRANSIENT;
        String xml = domain.xml();
        MachineXml running = MachineXml.read(xml);
        if (!running.matches(spec) || !seeds.match(running, spec) || persistence != spec.persistence()) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("a machine %s of another make runs; stop it first or take another name", spec.name());
        }
        try (SecretKeeper.Lease lease = secrets.lease()) {
            lease.define(connection, spec.disks(), opening);
        }
        return machine(xml, domain.state().asMachineState());
    }

    private static void startPersistent(LibvirtConnection connection, String xml, Optional<String> before)
            throws LibvirtException {
        try (LibvirtDomain domain = connection.define(xml)) {
            try {
                domain.create();
            } catch (LibvirtException e) {
                putBack(connection, domain, before, e);
                throw e;
            }
        }
    }

    private static void putBack(
            LibvirtConnection connection, LibvirtDomain domain, Optional<String> before, LibvirtException failure) {
        if (failure.saysUnreachable()) {
            return; // it may have started
        }
        try {
            if (domain.state().isActive()) {
                return; // another process started it meanwhile
            }
            if (before.isPresent()) {
                connection.define(before.get()).close();
            } else {
                domain.undefine();
            }
        } catch (LibvirtException e) {
            failure.addSuppressed(e);
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

    private Machine machine(String xml, MachineState state) {
        return Machine.of(new MachineId(spec.name()), spec.name(), state)
                .with(MachineXml.read(xml).machineDisks());
    }
}
