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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Gives the target of a move the keys of all disks, before the machine sets out. Each is tried on its disk first, where the target's
 * tools can be used: a wrong one ends the move before it begins, and takes the place of no value that a machine there may need.
 */
final class MoveKeys {

    /**
     * A disk that the target opens with a key.
     *
     * @param lent the key, if the request has it
     */
    private record Locked(SecretXml secret, Disk disk, Optional<Secret> lent) {}

    private final MoveSide target;
    private final List<Locked> disks;
    private final SecretKeeper.Lease lease;

    private MoveKeys(MoveSide target, List<Locked> disks) {
        this.target = target;
        this.disks = disks;
        this.lease = target.secrets().lease();
    }

    /** Returns the keys of a machine that moves. */
    static MoveKeys of(MachineXml machine, MachineMove move, MoveSide target) throws InterruptedException {
        return new MoveKeys(
                target,
                target.session()
                        .ask("look at the secrets of " + target, connection -> locked(connection, machine, move)));
    }

    private static List<Locked> locked(LibvirtConnection connection, MachineXml machine, MachineMove move)
            throws LibvirtException {
        List<Locked> locked = new ArrayList<>();
        for (DiskXml disk : machine.disks()) {
            VolumeId volume = machine.volumes().get(disk.place());
            Disk moved = volume == null ? null : move.disks().get(volume);
            if (moved != null) {
                moved.key()
                        .map(key -> new Locked(
                                SecretXml.of(moved.volume(), Place.of(moved.attachment())), moved, Optional.of(key)))
                        .ifPresent(locked::add);
            } else if (disk.secret().isPresent()) {
                UUID secret = disk.secret().get();
                if (machine.ownSecrets().contains(secret) || !connection.hasSecret(secret)) {
                    locked.add(staying(disk, Optional.ofNullable(volume), secret, move));
                } // else somebody else named it, and gave it to the target: theirs to keep
            }
        }
        return locked;
    }

    private static Locked staying(DiskXml disk, Optional<VolumeId> volume, UUID secret, MachineMove move) {
        VolumeId known = volume.orElseThrow(() -> unknown(disk.place().toString()));
        Disk there = Disk.of(known, disk.place().attachment(), KeyTrial.imageFormat(disk.format()));
        return new Locked(new SecretXml(secret, known), there, move.key(known));
    }

    /** Returns the secrets that the target is given. */
    Set<UUID> ids() {
        return disks.stream().map(disk -> disk.secret.id()).collect(Collectors.toUnmodifiableSet());
    }

    /** Tries them and defines them, on the calling thread; after a failure, whoever called gives up what was defined. */
    void define() throws LibvirtException, InterruptedException {
        for (Locked disk : disks) {
            if (disk.lent.isPresent()) {
                define(disk, disk.lent.get());
            } else {
                VolumeId volume = disk.secret.volume();
                try (Secret key = target.secrets().key(volume).orElseThrow(() -> unknown(volume.toString()))) {
                    define(disk, key);
                }
            }
        }
    }

    private void define(Locked disk, Secret key) throws LibvirtException, InterruptedException {
        boolean opens = opens(disk.disk, key);
        target.session().here(connection -> {
            if (opens) {
                lease.define(connection, disk.secret, key);
            } else {
                lease.defineUntried(connection, disk.secret, key);
            }
            return disk;
        });
    }

    private boolean opens(Disk disk, Secret key) throws InterruptedException {
        try {
            return target.trial().opens(disk, key);
        } catch (DriverException e) {
            if (e.failure() != Failure.HOST_NOT_READY) {
                throw e;
            }
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .effect(Effect.NOT_APPLIED)
                    .causedBy(e)
                    .message(
                            "%s cannot try the key of disk %s before the machine moves there: %s",
                            target, disk.volume(), String.valueOf(e.getMessage()));
        }
    }

    /** Gives them up: from now on those that nothing uses may be removed. */
    void release() {
        lease.close();
    }

    private static DriverException unknown(String what) {
        return DriverException.because(Failure.INVALID_REQUEST)
                .effect(Effect.NOT_APPLIED)
                .message("%s is encrypted and the target has no key for it; say which, with unlocking()", what);
    }
}
