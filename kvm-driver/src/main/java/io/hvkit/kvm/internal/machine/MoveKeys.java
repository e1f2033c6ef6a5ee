package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.kvm.internal.xml.SecretXml;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Gives the target of a move the keys of all disks, before the machine sets out. */
final class MoveKeys {

    private final MachineXml machine;
    private final MachineMove move;
    private final SecretKeeper secrets;
    private final SecretKeeper.Lease lease;

    MoveKeys(MachineXml machine, MachineMove move, SecretKeeper secrets, SecretKeeper.Lease lease) {
        this.lease = lease;
        this.machine = machine;
        this.move = move;
        this.secrets = secrets;
    }

    /** Returns the secrets that the target is given. */
    Set<UUID> ids() {
        Set<UUID> ids = new HashSet<>();
        for (DiskXml disk : machine.disks()) {
            VolumeId volume = machine.volumes().get(disk.place());
            Disk moved = volume == null ? null : move.disks().get(volume);
            (moved == null ? disk.secret() : MovePlan.secret(moved)).ifPresent(ids::add);
        }
        return ids;
    }

    /** Defines them. If one is not known, none is touched on that account; whoever called gives the others up. */
    void define(LibvirtConnection connection) throws LibvirtException {
        for (DiskXml disk : machine.disks()) {
            VolumeId volume = machine.volumes().get(disk.place());
            Disk moved = volume == null ? null : move.disks().get(volume);
            if (moved != null) {
                if (moved.key().isPresent()) {
                    Secret key = moved.key().get();
                    lease.define(connection, SecretXml.of(moved.volume(), Place.of(moved.attachment())), key);
                }
            } else if (disk.secret().isPresent()) {
                defineStaying(
                        connection,
                        disk,
                        Optional.ofNullable(volume),
                        disk.secret().get());
            }
        }
    }

    /** Gives them up: from now on those that nothing uses may be removed. */
    void release() {
        lease.close();
    }

    private void defineStaying(LibvirtConnection connection, DiskXml disk, Optional<VolumeId> volume, UUID secret)
            throws LibvirtException {
        VolumeId known = volume.orElseThrow(() -> unknown(disk.place().toString()));
        SecretXml xml = new SecretXml(secret, known);
        Optional<Secret> lent = move.key(known);
        if (lent.isPresent()) {
            Secret key = lent.get();
            lease.define(connection, xml, key);
            return;
        }
        try (Secret key = secrets.key(known).orElseThrow(() -> unknown(known.toString()))) {
            lease.define(connection, xml, key);
        }
    }

    private static DriverException unknown(String what) {
        return DriverException.because(Failure.INVALID_REQUEST)
                .effect(Effect.NOT_APPLIED)
                .message("%s is encrypted and the target has no key for it; say which, with unlocking()", what);
    }
}
