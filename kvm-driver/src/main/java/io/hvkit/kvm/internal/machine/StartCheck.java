package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.MergeNote;
import io.hvkit.kvm.internal.xml.Place;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Whether the disks that a stopped machine is to start with are its newest, as far as merges tell.
 *
 * @param remembered the machine as the host remembers it
 * @param spec what it is to be
 */
record StartCheck(MachineXml remembered, MachineSpec spec) {

    /** Refuses an overlay whose layer the machine writes to itself, and a layer of which an overlay holds the rest. */
    void requireNewest() {
        for (MergeNote merge : remembered.metadata().merges()) {
            requireNotStale(merge.overlay(), merge.into(), "was merged into");
            if (remembered.liesOver(merge.overlay(), merge.into()) && isOnTop(merge.into())) {
                throw refused(
                        "a merge of %s into %s was begun and is not over, so %s alone is not disk of machine %s; start with it below"
                                + " %s, or merge first",
                        merge.overlay(), merge.into(), merge.into(), spec.name(), merge.overlay());
            }
        }
        remembered.metadata().snapshots().stream()
                .flatMap(snapshot -> snapshot.disks().stream())
                .filter(disk -> disk.content() == SnapshotDisk.Content.THAWED)
                .forEach(disk -> requireNotStale(
                        Place.of(disk.overlay().attachment()),
                        Place.of(disk.frozen().attachment()),
                        "was left for"));
    }

    private void requireNotStale(Place overlay, Place below, String how) {
        if (hasWritten(below, new HashSet<>()) && hasOverlay(overlay, below)) {
            throw refused(
                    "%s %s %s, to which machine %s has written since; start with that, or take a snapshot onto a new overlay",
                    overlay, how, below, spec.name());
        }
    }

    /** What was merged on, into a layer further down, is older than that if the machine wrote there. */
    private boolean hasWritten(Place below, Set<Place> seen) {
        return seen.add(below)
                && (remembered.disks().stream().anyMatch(disk -> disk.place().equals(below))
                        || remembered.metadata().merges().stream()
                                .filter(merge -> merge.overlay().equals(below))
                                .filter(merge -> !remembered.liesOver(merge.overlay(), merge.into()))
                                .anyMatch(merge -> hasWritten(merge.into(), seen)));
    }

    private boolean isOnTop(Place place) {
        return spec.disks().stream()
                .anyMatch(disk -> Place.of(disk.attachment()).equals(place));
    }

    /**
     * An overlay that is not said to lie over anything names what it lies over in its header; but what stands beside that, as a disk of its own,
     * is another image that came to the overlay's place.
     */
    private boolean hasOverlay(Place overlay, Place below) {
        for (Disk disk : spec.disks()) {
            List<Place> places = disk.layers().stream()
                    .map(layer -> Place.of(layer.attachment()))
                    .toList();
            int at = places.indexOf(overlay);
            if (at >= 0
                    && (at + 1 == places.size()
                            ? disk.layers().get(at).format() == ImageFormat.QCOW2 && !isOnTop(below)
                            : places.get(at + 1).equals(below))) {
                return true;
            }
        }
        return false;
    }

    private static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, values);
    }
}
