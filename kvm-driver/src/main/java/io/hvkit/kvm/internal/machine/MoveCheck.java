package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What is looked at before a machine moves: whatever can be refused is refused while nothing is done. */
final class MoveCheck {

    private final String machine;
    private final MachineMove move;
    private final MoveSide source;
    private final MoveSide target;

    MoveCheck(String machine, MachineMove move, MoveSide source, MoveSide target) {
        this.machine = machine;
        this.move = move;
        this.source = source;
        this.target = target;
    }

    /** Returns the plan; nothing if the machine runs on the target already, as it was asked for. */
    Optional<MovePlan> plan() throws InterruptedException {
        Optional<MovePlan> here = source.session().ask("look at machine " + machine, this::here);
        boolean arrived = target.session().ask("look for machine " + machine, connection -> there(connection, here));
        if (here.isEmpty() && !arrived) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .message("machine %s runs neither on %s nor on %s", machine, source, target);
        }
        if (here.isPresent()) {
            requireNoSeed(here.get());
            return Optional.of(here.get().within(requireDisks(here.get())));
        }
        return here;
    }

    private void requireNoSeed(MovePlan plan) {
        if (plan.xml().seed().isPresent()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "machine %s has a seed for cloud-init, a file that only %s has; stop it there and start it on %s",
                            machine, source, target);
        }
    }

    private Optional<MovePlan> here(LibvirtConnection connection) throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(machine);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (LibvirtDomain domain = found.get()) {
            if (!domain.state().isActive()) {
                return Optional.empty();
            }
            MachineXml xml = MachineXml.read(domain.xml());
            Map<String, ByteSize> capacities = new HashMap<>();
            for (DiskXml disk : xml.disks()) {
                capacities.put(
                        disk.target(), ByteSize.bytes(domain.disk(disk.target()).capacity()));
            }
            source.secrets().adopt(xml.ownSecrets());
            return Optional.of(new MovePlan(
                    machine,
                    xml.id().orElseThrow(),
                    domain.state(),
                    xml,
                    domain.migratableXml(),
                    domain.isPersistent() ? Optional.of(domain.migratableRememberedXml()) : Optional.empty(),
                    capacities,
                    Map.of()));
        } catch (LibvirtException e) {
            if (e.saysAbsent()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Returns whether the machine runs on the target with what was asked for. */
    private boolean there(LibvirtConnection connection, Optional<MovePlan> here) throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(machine);
        if (found.isEmpty()) {
            return false;
        }
        try (LibvirtDomain domain = found.get()) {
            MachineXml xml = MachineXml.read(domain.xml());
            if (domain.isInTransit()) {
                throw DriverException.because(Failure.OPERATION_PENDING)
                        .effect(Effect.NOT_APPLIED)
                        .message("machine %s is on its way to %s already", machine, target);
            }
            boolean active = domain.state().isActive();
            boolean sameOne = here.isPresent()
                    && !active
                    && xml.id().equals(Optional.of(here.get().id()));
            boolean arrived = here.isEmpty() && active && hasDisks(xml);
            if (!sameOne && !arrived && (active || here.isPresent())) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message("%s has another machine %s; stop and forget it first", target, machine);
            }
            return arrived;
        }
    }

    private boolean hasDisks(MachineXml xml) {
        return move.disks().values().stream()
                .allMatch(disk -> xml.disk(disk.volume())
                        .filter(found -> found.place().equals(Place.of(disk.attachment())))
                        .isPresent());
    }

    /** Returns how many bytes of their targets disks may take up, where those have more. */
    private Map<VolumeId, ByteSize> requireDisks(MovePlan plan) throws InterruptedException {
        for (DiskXml disk : plan.xml().disks()) {
            if (disk.mirror().isPresent()) {
                throw DriverException.because(Failure.OPERATION_PENDING)
                        .effect(Effect.NOT_APPLIED)
                        .message("disk %s of machine %s is on its way elsewhere; wait for it", disk.place(), machine);
            }
            LibvirtDiskMigration.requireNoSnapshot(plan.xml(), disk);
            if (disk.layers().stream().anyMatch(layer -> layer.encrypted() == DiskXml.Encryption.LUKS)) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "disk %s of machine %s lies over an encrypted one, for which the target has no key; merge it first",
                                disk.place(), machine);
            }
        }
        Map<VolumeId, ByteSize> bounds = new HashMap<>();
        for (Map.Entry<VolumeId, Disk> moving : move.disks().entrySet()) {
            DiskXml disk = plan.xml()
                    .disk(moving.getKey())
                    .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                            .message("machine %s has no volume %s", machine, moving.getKey()));
            LibvirtDiskMigration.requireKey(disk, moving.getKey(), moving.getValue());
            Place place = Place.of(moving.getValue().attachment());
            target.session().ask("look who uses " + place, connection -> {
                LibvirtDiskMigration.requireUnused(connection, place);
                return place;
            });
            if (target.check().isPresent()) {
                ByteSize size = Optional.ofNullable(plan.capacities().get(disk.target()))
                        .orElse(ByteSize.ZERO);
                target.check()
                        .get()
                        .bound(moving.getValue(), size)
                        .ifPresent(bound -> bounds.put(moving.getKey(), bound));
            }
        }
        return bounds;
    }
}
