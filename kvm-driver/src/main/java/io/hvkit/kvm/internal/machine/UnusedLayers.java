package io.hvkit.kvm.internal.machine;

import io.hvkit.hypervisor.spi.SnapshotDisk;
import io.hvkit.kvm.internal.xml.MachineMetadata;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.MergeNote;
import io.hvkit.kvm.internal.xml.Place;
import java.util.HashSet;
import java.util.Set;

/**
 * Layers of a disk that a machine has no more, or not yet. What is still noted of them is of a disk that was: of a later one at the same
 * places it would be a lie.
 *
 * @param machine the machine as it is
 * @param places the layers, those too that notes alone know of
 */
record UnusedLayers(MachineXml machine, Set<Place> places) {

    /** Returns those that the machine does not use, and what notes say lies below them. */
    static UnusedLayers of(MachineXml machine, Set<Place> layers) {
        Set<Place> unused = new HashSet<>(layers);
        unused.removeIf(machine::uses);
        boolean more = true;
        while (more) {
            Set<Place> below = new HashSet<>();
            machine.metadata().snapshots().stream()
                    .flatMap(snapshot -> snapshot.disks().stream())
                    .filter(disk -> unused.contains(overlay(disk)))
                    .forEach(disk -> below.add(frozen(disk)));
            machine.metadata().merges().stream()
                    .filter(merge -> unused.contains(merge.overlay()))
                    .map(MergeNote::into)
                    .forEach(below::add);
            below.removeIf(machine::uses);
            more = unused.addAll(below);
        }
        return new UnusedLayers(machine, Set.copyOf(unused));
    }

    /** Returns what is noted without them; of a finished merge that the machine lives on, the note stays. */
    MachineMetadata forgotten() {
        MachineMetadata notes = machine.metadata();
        for (Place place : places) {
            notes = notes.without(place);
        }
        return notes.keeping((overlay, below) -> !isOfThem(overlay, below));
    }

    private boolean isOfThem(Place overlay, Place below) {
        boolean used = machine.uses(overlay) || machine.uses(below);
        return !used && (places.contains(overlay) || places.contains(below));
    }

    private static Place overlay(SnapshotDisk disk) {
        return Place.of(disk.overlay().attachment());
    }

    private static Place frozen(SnapshotDisk disk) {
        return Place.of(disk.frozen().attachment());
    }
}
