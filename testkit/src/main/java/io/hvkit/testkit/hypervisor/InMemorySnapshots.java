package io.hvkit.testkit.hypervisor;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MergeSight;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.hypervisor.spi.SnapshotRevert;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Freezes the disks of machines in memory. Nothing is read or written there, so there is nothing to copy in a merge. */
record InMemorySnapshots(InMemoryHost host) implements MachineSnapshots {

    @Override
    public MachineSnapshot take(MachineId id, SnapshotRequest request) {
        return host.change(() -> taken(id, request));
    }

    private MachineSnapshot taken(MachineId id, SnapshotRequest request) {
        synchronized (host) {
            InMemoryMachine machine = known(id);
            Optional<MachineSnapshot> present = machine.snapshot(request.id());
            if (present.isPresent()) {
                if (!isOf(machine.noted(request.id()).orElseThrow(), request)) {
                    throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                            .message("machine %s has another snapshot %s", id, request.id());
                }
                return present.get();
            }
            requireAllNamed(machine, id, request);
            request.overlays().forEach((volume, overlay) -> {
                Disk disk = machine.disk(volume).orElseThrow();
                host.requireUnused(overlay);
                InMemoryDisks.requireOverlay(overlay, disk);
            });
            MachineSnapshot taken = new MachineSnapshot(
                    request.id(),
                    request.overlays().entrySet().stream()
                            .map(entry -> new SnapshotDisk(
                                    HypervisorCases.place(
                                            machine.disk(entry.getKey()).orElseThrow()),
                                    HypervisorCases.place(entry.getValue()),
                                    SnapshotDisk.Content.INTACT))
                            .toList());
            machine.disks()
                    .replaceAll(disk -> Optional.ofNullable(request.overlays().get(disk.volume()))
                            .map(overlay -> overlay.as(disk.device()).over(disk))
                            .orElse(disk));
            machine.note(taken);
            return taken;
        }
    }

    private static boolean isOf(MachineSnapshot noted, SnapshotRequest request) {
        Map<VolumeId, VolumeId> wanted = request.overlays().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().volume()));
        Map<VolumeId, VolumeId> had = noted.disks().stream()
                .collect(Collectors.toMap(
                        disk -> disk.frozen().volume(), disk -> disk.overlay().volume()));
        return wanted.equals(had);
    }

    private static void requireAllNamed(InMemoryMachine machine, MachineId id, SnapshotRequest request) {
        Stream.concat(request.overlays().keySet().stream(), request.leftOut().stream())
                .filter(volume -> machine.disk(volume).isEmpty())
                .findAny()
                .ifPresent(volume -> {
                    throw absent("machine " + id + " has no disk " + volume);
                });
        boolean allNamed = machine.disks().stream()
                .allMatch(disk -> disk.device().isReadOnly()
                        || request.leftOut().contains(disk.volume())
                        || request.overlays().containsKey(disk.volume()));
        if (!allNamed || request.overlays().isEmpty()) {
            throw refused("machine " + id + " has disks that are neither named nor left out, or none is named");
        }
        machine.disks().forEach(disk -> requireAtRest(machine, disk));
    }

    private static void requireAtRest(InMemoryMachine machine, Disk disk) {
        if (machine.isBusy(disk.volume())) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message("disk %s is being moved or merged", disk.volume());
        }
    }

    @Override
    public List<MachineSnapshot> list(MachineId id) {
        synchronized (host) {
            host.requireReachable();
            return host.known(id).map(InMemoryMachine::snapshots).orElse(List.of());
        }
    }

    @Override
    public void revert(MachineId id, SnapshotRevert revert) {
        synchronized (host) {
            InMemoryMachine machine = known(id);
            if (machine.isActive()) {
                throw DriverException.because(Failure.IN_USE).message("machine %s runs; stop it first", id);
            }
            MachineSnapshot noted =
                    machine.noted(revert.id()).orElseThrow(() -> absent("machine " + id + " has no " + revert.id()));
            List<Disk> disks = new ArrayList<>(machine.disks());
            MachineSnapshot after = noted;
            for (SnapshotDisk frozen : noted.disks()) {
                VolumeId volume = frozen.frozen().volume();
                Optional<Disk> overlay = Optional.ofNullable(revert.overlays().get(volume));
                if (overlay.isEmpty() && !revert.thawed().contains(volume)) {
                    throw refused("disk " + volume + " of snapshot " + revert.id() + " is not named");
                }
                Disk base = frozen(disks, frozen, overlay);
                requireIntact(frozen, base, disks);
                overlay.ifPresent(fresh -> InMemoryDisks.requireOverlay(fresh, base));
                Disk back =
                        overlay.map(fresh -> fresh.as(base.device()).over(base)).orElse(base);
                disks.replaceAll(disk -> disk.layers().contains(base) ? back : disk);
                after = changed(after, frozen, overlay);
            }
            requireNothingElse(noted, revert);
            machine.disks().clear();
            machine.disks().addAll(disks);
            machine.note(after);
        }
    }

    private static void requireNothingElse(MachineSnapshot noted, SnapshotRevert revert) {
        Stream.concat(revert.overlays().keySet().stream(), revert.thawed().stream())
                .filter(volume -> noted.disks().stream()
                        .noneMatch(disk -> disk.frozen().volume().equals(volume)))
                .findAny()
                .ifPresent(volume -> {
                    throw absent("snapshot " + revert.id() + " has no disk " + volume);
                });
    }

    /** Returns the layer that was frozen, if it still lies below its overlay or is the disk itself again. */
    private static Disk frozen(List<Disk> disks, SnapshotDisk frozen, Optional<Disk> overlay) {
        for (Disk disk : disks) {
            for (Disk layer : disk.layers()) {
                Optional<Disk> base = layer.base();
                if (base.isPresent() && layer.volume().equals(frozen.overlay().volume())) {
                    return base.get();
                }
            }
            if (overlay.isEmpty() && disk.volume().equals(frozen.frozen().volume())) {
                return disk;
            }
        }
        throw absent("no disk lies over " + frozen.frozen().volume());
    }

    private static void requireIntact(SnapshotDisk frozen, Disk base, List<Disk> disks) {
        boolean isSo = switch (frozen.content()) {
            case INTACT -> true;
            case THAWED -> disks.contains(base);
            case CHANGED, SWITCHING -> false;
        };
        if (!isSo) {
            throw refused("a merge into " + base.volume() + " has begun");
        }
    }

    private static MachineSnapshot changed(MachineSnapshot snapshot, SnapshotDisk frozen, Optional<Disk> overlay) {
        SnapshotDisk after = overlay.map(fresh ->
                        new SnapshotDisk(frozen.frozen(), HypervisorCases.place(fresh), SnapshotDisk.Content.INTACT))
                .orElseGet(() -> new SnapshotDisk(frozen.frozen(), frozen.overlay(), SnapshotDisk.Content.THAWED));
        return new MachineSnapshot(
                snapshot.id(),
                snapshot.disks().stream()
                        .map(disk -> disk.frozen().equals(frozen.frozen()) ? after : disk)
                        .toList());
    }

    @Override
    public BlockJob merge(MachineId id, DiskMerge merge) {
        return host.change(() -> merged(id, merge));
    }

    private BlockJob merged(MachineId id, DiskMerge merge) {
        synchronized (host) {
            InMemoryMachine machine = known(id);
            VolumeId overlay = merge.disk().volume();
            VolumeId into = merge.into().volume();
            if (machine.isMerging(overlay, into)
                    && machine.disk(overlay).isEmpty()
                    && machine.disk(into).isPresent()) {
                return InMemoryMove.merging(host, id, overlay, merge.into(), merge.pivot())
                        .done();
            }
            Disk disk = machine.disk(overlay).orElseThrow(() -> absent("machine " + id + " has no disk " + overlay));
            Disk base = disk.base()
                    .filter(below -> below.volume().equals(into)
                            && below.attachment().equals(merge.into().attachment()))
                    .orElseThrow(() -> refused(disk + " does not lie over " + into));
            InMemoryMove present = machine.moves().get(overlay);
            if (present != null && present.isMerge()) {
                return present;
            }
            requireAtRest(machine, disk);
            machine.merges(overlay, into);
            InMemoryMove job = InMemoryMove.merging(host, id, overlay, base, merge.pivot());
            machine.moves().put(overlay, job);
            if (machine.isActive()) {
                job.begun();
            } else {
                boolean unused = job.switchOver();
            }
            return job;
        }
    }

    @Override
    public Optional<BlockJob> merging(MachineId id, VolumeId volume) {
        synchronized (host) {
            host.requireReachable();
            return host.active(id)
                    .map(machine -> machine.moves().get(volume))
                    .filter(InMemoryMove::isMerge)
                    .map(job -> job);
        }
    }

    @Override
    public MergeSight look(MachineId id, DiskMerge merge) {
        synchronized (host) {
            InMemoryMachine machine = known(id);
            VolumeId overlay = merge.disk().volume();
            VolumeId into = merge.into().volume();
            Optional<Disk> top = machine.disk(overlay);
            if (top.isEmpty()) {
                return machine.isMerging(overlay, into) && machine.disk(into).isPresent()
                        ? seen(merge, MergeSight.State.MERGED, "the machine has " + into)
                        : seen(merge, MergeSight.State.FOREIGN, "the machine has no disk " + overlay);
            }
            if (top.get().base().filter(base -> base.volume().equals(into)).isEmpty()) {
                return seen(merge, MergeSight.State.FOREIGN, overlay + " does not lie over " + into);
            }
            InMemoryMove job = machine.moves().get(overlay);
            if (job != null) {
                return job.isMerge()
                        ? seen(merge, MergeSight.State.READY, "a job has copied all to " + into)
                        : seen(merge, MergeSight.State.FOREIGN, overlay + " is being moved");
            }
            return machine.isMerging(overlay, into)
                    ? seen(merge, MergeSight.State.BEGUN, "a merge is noted, and no job runs")
                    : seen(merge, MergeSight.State.UNMERGED, overlay + " lies over " + into);
        }
    }

    private static MergeSight seen(DiskMerge merge, MergeSight.State state, String evidence) {
        return new MergeSight(merge, state, Optional.empty(), evidence);
    }

    /** A machine in memory is switched at once, so nothing is ever undecided. */
    @Override
    public void settle(MachineId id, DiskMerge merge, MergeSight.Newest newest) {
        MergeSight.State state = look(id, merge).state();
        boolean settled = switch (newest) {
            case LAYER -> state == MergeSight.State.MERGED;
            case OVERLAY -> state == MergeSight.State.BEGUN;
        };
        if (!settled) {
            throw refused(
                    "there is nothing to settle: the merge of " + merge.disk().volume() + " is " + state);
        }
    }

    private InMemoryMachine known(MachineId id) {
        host.requireReachable();
        return host.known(id).orElseThrow(() -> absent("the host knows no machine " + id));
    }

    private static DriverException absent(String what) {
        return DriverException.because(Failure.NOT_FOUND).message("%s", what);
    }

    private static DriverException refused(String what) {
        return DriverException.because(Failure.INVALID_REQUEST).message("%s", what);
    }
}
