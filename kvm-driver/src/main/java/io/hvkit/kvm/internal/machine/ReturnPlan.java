package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import io.hvkit.hypervisor.spi.SnapshotRevert;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.LayerXml;
import io.hvkit.kvm.internal.xml.MachineMetadata;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a return to a snapshot does to the disks of a stopped machine. What can be refused by what the machine is, is refused here.
 *
 * @param machine the machine as the host remembers it
 * @param noted the snapshot
 * @param steps which disk goes back to what; some may be there already
 */
record ReturnPlan(MachineXml machine, MachineSnapshot noted, List<Step> steps) {

    /**
     * One disk that goes back.
     *
     * @param disk the disk as it is
     * @param at which of its layers is frozen, 0 if it is the disk itself again
     * @param volume the frozen volume
     * @param overlay what lies over it from now on; nothing if it is written to itself
     */
    record Step(DiskXml disk, int at, VolumeId volume, Optional<Disk> overlay) {

        Place frozen() {
            return disk.places().get(at);
        }

        /** Returns where the new overlay is, if there is one. */
        Place place() {
            return Place.of(overlay.orElseThrow().attachment());
        }

        OverlayCheck.Below below() {
            return at == 0
                    ? OverlayCheck.Below.of(disk)
                    : OverlayCheck.Below.of(disk.layers().get(at - 1));
        }

        private boolean isEncrypted() {
            return at == 0
                    ? disk.hasEncryptedLayer()
                    : disk.layers().subList(at - 1, disk.layers().size()).stream()
                            .map(LayerXml::encrypted)
                            .anyMatch(DiskXml.Encryption.LUKS::equals);
        }
    }

    static ReturnPlan of(MachineXml machine, SnapshotRevert revert) {
        MachineSnapshot noted = machine.metadata().snapshots().stream()
                .filter(snapshot -> snapshot.id().equals(revert.id()))
                .findFirst()
                .orElseThrow(() -> absent(machine, "snapshot " + revert.id()));
        Set<VolumeId> named = new HashSet<>(revert.thawed());
        named.addAll(revert.overlays().keySet());
        List<Step> steps = new ArrayList<>();
        for (SnapshotDisk frozen : noted.disks()) {
            VolumeId volume = frozen.frozen().volume();
            Optional<Step> step =
                    step(machine, frozen, Optional.ofNullable(revert.overlays().get(volume)));
            if (step.isPresent() && !named.remove(volume)) {
                throw refused(
                        "disk %s of snapshot %s is not named; say onto(...) or thawing(...), or its disks would be of"
                                + " different times",
                        volume, revert.id());
            }
            step.ifPresent(back -> {
                requireIntact(frozen, back);
                requireFits(machine, back);
                steps.add(back);
            });
        }
        if (!named.isEmpty()) {
            throw absent(machine, "disks " + named + " that lie over what snapshot " + revert.id() + " froze");
        }
        if (steps.isEmpty()) {
            throw absent(machine, "disk that lies over what snapshot " + revert.id() + " froze");
        }
        return new ReturnPlan(machine, noted, List.copyOf(steps));
    }

    /** Finds the disk that still lies over what was frozen, or is that again. */
    private static Optional<Step> step(MachineXml machine, SnapshotDisk frozen, Optional<Disk> overlay) {
        Place below = Place.of(frozen.frozen().attachment());
        Place above = Place.of(frozen.overlay().attachment());
        for (DiskXml disk : machine.disks()) {
            List<Place> places = disk.places();
            int at = places.indexOf(below);
            boolean liesOver = at > 0 && places.get(at - 1).equals(above);
            boolean isThawed = at == 0 && overlay.isEmpty();
            if (liesOver || isThawed) {
                return Optional.of(new Step(disk, at, frozen.frozen().volume(), overlay));
            }
        }
        return Optional.empty();
    }

    /** A disk that went back to what was frozen may be told so again; one into which a merge began is of another time, wherever it is. */
    private static void requireIntact(SnapshotDisk frozen, Step step) {
        boolean isSo = switch (frozen.content()) {
            case INTACT -> true;
            case THAWED -> step.at == 0;
            case CHANGED, SWITCHING -> false;
        };
        if (!isSo) {
            throw refused(
                    "%s was written to since, by a merge or by the machine itself, so it is not what it was at the snapshot; there is no way back to it",
                    frozen.frozen().volume());
        }
    }

    private static void requireFits(MachineXml machine, Step step) {
        if (step.overlay.isEmpty()) {
            return;
        }
        Disk overlay = step.overlay.get();
        SnapshotPlan.requireEncryptionKept(step.volume, step.isEncrypted(), overlay);
        List<Place> kept =
                step.disk.places().subList(step.at, step.disk.places().size());
        boolean elsewhere = machine.disks().stream()
                .filter(disk -> !disk.equals(step.disk))
                .anyMatch(disk -> disk.places().contains(step.place()));
        if (kept.contains(step.place()) || elsewhere) {
            throw DriverException.because(Failure.IN_USE)
                    .message("machine %s uses %s already", machine.name(), overlay);
        }
    }

    /** Returns what is noted of the machine when it is done. */
    MachineMetadata notes() {
        MachineMetadata notes = machine.metadata();
        List<SnapshotDisk> disks = new ArrayList<>(noted.disks());
        for (Step step : steps) {
            for (Place dropped : step.disk.places().subList(0, step.at)) {
                notes = notes.without(dropped);
            }
            notes = notes.with(step.frozen(), step.volume);
            if (step.overlay.isPresent()) {
                notes = notes.with(step.place(), step.overlay.get().volume());
            }
            disks.replaceAll(disk -> disk.frozen().volume().equals(step.volume) ? after(step, disk) : disk);
        }
        MachineSnapshot changed = new MachineSnapshot(noted.id(), disks);
        return notes.with(notes.snapshots().stream()
                .map(snapshot -> snapshot.id().equals(changed.id()) ? changed : snapshot)
                .toList());
    }

    private static SnapshotDisk after(Step step, SnapshotDisk disk) {
        return step.overlay
                .map(overlay -> new SnapshotDisk(
                        disk.frozen(),
                        new MachineDisk(overlay.volume(), step.place().attachment()),
                        SnapshotDisk.Content.INTACT))
                .orElseGet(() -> new SnapshotDisk(disk.frozen(), disk.overlay(), SnapshotDisk.Content.THAWED));
    }

    private static DriverException absent(MachineXml machine, String what) {
        return DriverException.because(Failure.NOT_FOUND).message("machine %s has no %s", machine.name(), what);
    }

    private static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, values);
    }
}
