package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineMetadata;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.MergeNote;
import io.hvkit.kvm.internal.xml.Place;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a snapshot does to the disks of a machine. What can be refused by what the machine is, is refused here.
 *
 * @param machine the machine as it is
 * @param request what is asked for
 * @param steps which disk goes on with which overlay
 */
record SnapshotPlan(MachineXml machine, SnapshotRequest request, List<Step> steps) {

    /**
     * One disk that goes on with an overlay.
     *
     * @param volume what it is now
     * @param disk the same, as the domain has it
     * @param overlay what it goes on with
     */
    record Step(VolumeId volume, DiskXml disk, Disk overlay) {

        Place place() {
            return Place.of(overlay.attachment());
        }
    }

    /** Returns the snapshot that an equal request took before, if it did. */
    static Optional<MachineSnapshot> taken(MachineXml machine, SnapshotRequest request) {
        Optional<MachineSnapshot> present = machine.snapshots().stream()
                .filter(snapshot -> snapshot.id().equals(request.id()))
                .findFirst();
        Map<VolumeId, MachineDisk> wanted = new LinkedHashMap<>();
        request.overlays()
                .forEach((volume, overlay) -> wanted.put(
                        volume,
                        new MachineDisk(
                                overlay.volume(), Place.of(overlay.attachment()).attachment())));
        Map<VolumeId, MachineDisk> noted = new LinkedHashMap<>();
        machine.metadata().snapshots().stream()
                .filter(snapshot -> snapshot.id().equals(request.id()))
                .flatMap(snapshot -> snapshot.disks().stream())
                .forEach(disk -> noted.put(disk.frozen().volume(), disk.overlay()));
        if (present.isPresent() && !wanted.equals(noted)) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "machine %s has another snapshot %s: %s; take another name",
                            machine.name(), request.id(), present.get());
        }
        return present;
    }

    /** Returns what is to be done. */
    static SnapshotPlan of(MachineXml machine, SnapshotRequest request) {
        requireAllNamed(machine, request);
        List<Step> steps = new ArrayList<>();
        request.overlays().forEach((volume, overlay) -> {
            Step step = new Step(volume, machine.disk(volume).orElseThrow(), overlay);
            requireFits(machine, step);
            steps.add(step);
        });
        machine.disks().forEach(disk -> requireAtRest(machine, disk));
        return new SnapshotPlan(machine, request, List.copyOf(steps));
    }

    private static void requireAllNamed(MachineXml machine, SnapshotRequest request) {
        if (request.overlays().isEmpty()) {
            throw refused("a snapshot of machine %s needs a disk; say onto(...)", machine.name());
        }
        Set<VolumeId> named = new HashSet<>(request.leftOut());
        named.addAll(request.overlays().keySet());
        for (VolumeId volume : named) {
            if (machine.disk(volume).isEmpty()) {
                throw DriverException.because(Failure.NOT_FOUND)
                        .message("machine %s has no disk %s", machine.name(), volume);
            }
        }
        Set<String> unknown = new HashSet<>(machine.targets());
        for (DiskXml disk : machine.disks()) {
            VolumeId volume = machine.volumes().get(disk.place());
            if (disk.device().isReadOnly() || (volume != null && named.contains(volume))) {
                unknown.remove(disk.target());
            }
        }
        if (!unknown.isEmpty()) {
            throw refused(
                    "machine %s has other disks, which a snapshot would not hold: %s; name them with onto(...) or"
                            + " leavingOut(...)",
                    machine.name(),
                    machine.disks().stream()
                            .filter(disk -> unknown.contains(disk.target()))
                            .map(DiskXml::place)
                            .toList());
        }
    }

    private static void requireFits(MachineXml machine, Step step) {
        DiskXml disk = step.disk;
        if (disk.device().isReadOnly()) {
            throw refused("disk %s is never written to; leave it out", step.volume);
        }
        boolean elsewhere = step.overlay
                .base()
                .filter(base -> !base.volume().equals(step.volume)
                        || !Place.of(base.attachment()).equals(disk.place()))
                .isPresent();
        if (elsewhere) {
            throw refused("%s is not over disk %s, which is at %s", step.overlay, step.volume, disk.place());
        }
        requireEncryptionKept(step.volume, disk.hasEncryptedLayer(), step.overlay);
        if (machine.uses(step.place())
                || machine.places(step.overlay.volume()).stream().anyMatch(machine::uses)) {
            throw DriverException.because(Failure.IN_USE)
                    .message("machine %s uses %s already", machine.name(), step.overlay);
        }
    }

    /** Throws {@code INVALID_REQUEST} if a disk and its overlay are not both encrypted, or both plain. */
    static void requireEncryptionKept(VolumeId volume, boolean encrypted, Disk overlay) {
        if (encrypted && overlay.key().isEmpty()) {
            throw refused(
                    "disk %s is encrypted, and what is written to %s would be in clear; make it with a key and say"
                            + " unlockedBy(...)",
                    volume, overlay);
        }
        if (!encrypted && overlay.key().isPresent()) {
            throw refused(
                    "disk %s is plain, so what is written to the encrypted %s could never be merged into it; make a plain"
                            + " overlay, or move the disk to an encrypted volume first",
                    volume, overlay);
        }
    }

    private static void requireAtRest(MachineXml machine, DiskXml disk) {
        if (disk.mirror().isPresent()) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "disk %s of machine %s is being moved or merged; wait for that, or cancel it",
                            disk.place(), machine.name());
        }
    }

    /** Returns the snapshot as it is noted. */
    MachineSnapshot snapshot() {
        return new MachineSnapshot(
                request.id(),
                steps.stream()
                        .map(step -> new SnapshotDisk(
                                new MachineDisk(step.volume, step.disk.place().attachment()),
                                new MachineDisk(
                                        step.overlay.volume(), step.place().attachment()),
                                SnapshotDisk.Content.INTACT))
                        .toList());
    }

    /** Returns what is noted with the machine from before libvirt is asked; of old snapshots, those that it still has. */
    MachineMetadata notes(MachineMetadata before) {
        List<MachineSnapshot> present = machine.snapshots();
        MachineMetadata notes = before.with(before.snapshots().stream()
                .filter(noted ->
                        present.stream().anyMatch(snapshot -> snapshot.id().equals(noted.id())))
                .toList());
        for (Step step : steps) {
            notes = notes.withoutOverlay(step.place()); // whatever lay there before has been merged
        }
        notes = notes.noting(notes.merges().stream().filter(this::tells).toList());
        for (MergeNote merge : notes.merges()) {
            if (machine.liesOver(merge.overlay(), merge.into())) {
                notes = notes.merging(merge.overlay(), merge.into()); // it was not switched, or would not lie over it
            }
        }
        notes = notes.with(snapshot());
        for (Step step : steps) {
            notes = notes.with(step.place(), step.overlay.volume());
        }
        return notes;
    }

    /**
     * A merge is noted as long as the disk lies over the layer, or is that, even if it is to be frozen now: this may not come to pass. The
     * next snapshot lets go of it.
     */
    private boolean tells(MergeNote merge) {
        return machine.liesOver(merge.overlay(), merge.into())
                || machine.disks().stream().anyMatch(disk -> disk.place().equals(merge.into()));
    }

    /** Returns what is noted when it did not come to pass: what was noted when it began, as nobody else had the turn meanwhile. */
    MachineMetadata withoutNotes(MachineMetadata now) {
        MachineMetadata notes = now;
        for (Step step : steps) {
            notes = notes.withoutOverlay(step.place());
        }
        MachineMetadata before = machine.metadata();
        return notes.with(before.snapshots()).noting(before.merges());
    }

    /** Returns the overlays by what libvirt calls the disks. */
    Map<String, Disk> overlays() {
        Map<String, Disk> overlays = new LinkedHashMap<>();
        steps.forEach(step -> overlays.put(step.disk.target(), step.overlay));
        return overlays;
    }

    private static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, values);
    }
}
