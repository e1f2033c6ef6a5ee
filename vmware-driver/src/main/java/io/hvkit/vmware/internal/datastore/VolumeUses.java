package io.hvkit.vmware.internal.datastore;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.vmware.internal.machine.DiskFile;
import java.util.List;
import java.util.Optional;

/** Which hosts use which volumes, noted beside the disks, so that every process sees it. */
final class VolumeUses {

    private final VolumeFolders folders;
    private final Volumes volumes;

    VolumeUses(VolumeFolders folders, Volumes volumes) {
        this.folders = folders;
        this.volumes = volumes;
    }

    /**
     * Notes a use, and returns where the disk is now. It is noted first and looked at afterwards: of two who come at once, each sees
     * the other, and none is let in by mistake.
     */
    DiskFile add(VolumeId id, VolumeUse use) throws InterruptedException {
        Volumes.Placed placed = volumes.noted(volumes.require(id));
        VolumeNotes notes = placed.folder().notes();
        String note = VolumeNotes.of(use);
        if (notes.uses().isEmpty()) {
            requireNotReadBelow(placed);
        }
        if (!notes.has(note)) {
            requireNoConflict(id, use, notes);
            folders.note(id, note);
        }
        VolumeNotes now = folders.of(id.value())
                .orElseThrow(
                        () -> DriverException.because(Failure.NOT_FOUND).message("volume %s was removed meanwhile", id))
                .notes();
        try {
            requireNoConflict(id, use, now);
        } catch (DriverException e) {
            if (!notes.has(note)) {
                folders.forget(id, note);
            }
            throw e;
        }
        for (String other : VolumeNotes.ofUse(use.host(), use.reason())) {
            if (!other.equals(note) && now.has(other)) {
                folders.forget(id, other);
            }
        }
        return placed.file();
    }

    private static void requireNoConflict(VolumeId id, VolumeUse use, VolumeNotes notes) {
        Optional<VolumeUse> conflict =
                notes.uses().stream().filter(use::conflictsWith).findAny();
        if (conflict.isPresent()) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "host %s uses volume %s for %s, %s; detach it there first, or share it",
                            conflict.get().host(),
                            id,
                            conflict.get().reason(),
                            conflict.get().sharing());
        }
    }

    /** Who writes to a disk that others lie over destroys them. */
    private void requireNotReadBelow(Volumes.Placed placed) throws InterruptedException {
        List<String> readers = volumes.machinesOf(placed).stream()
                .filter(machine -> machine.readsBelow(placed.file()))
                .map(MachineDisks::machine)
                .toList();
        if (!readers.isEmpty()) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "disks of machine %s lie over disk %s of volume %s, and would be destroyed by who writes to it; clone"
                                    + " the volume instead",
                            readers, placed.file(), placed.id());
        }
    }

    /** Forgets a use; does nothing if there is none. */
    void remove(VolumeId id, HostId host, VolumeUse.Reason reason) throws InterruptedException {
        Optional<VolumeFolders.Content> folder = folders.of(id.value());
        if (folder.isPresent()) {
            for (String note : VolumeNotes.ofUse(host, reason)) {
                if (folder.get().notes().has(note)) {
                    folders.forget(id, note);
                }
            }
        }
    }
}
