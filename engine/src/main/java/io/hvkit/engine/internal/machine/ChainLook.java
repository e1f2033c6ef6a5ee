package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineDiskRecord.Overlay;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.volume.Disks;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.Overlays;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the disks of a machine that runs stand on. Its host tells which disks it has, and what its snapshots laid over what; a machine
 * that was started over overlays has no snapshot, and the catalog tells what those lie over.
 */
final class ChainLook {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Ground ground;
    private final Hypervisor host;
    private final MachineWork work;

    ChainLook(Ground ground, RecordId<HostRecord> host, MachineWork work) throws InterruptedException {
        this.ground = ground;
        this.host = ground.host(host);
        this.work = work;
    }

    /**
     * Looks at all disks, and returns what lies over each volume, the lowest first. A volume is not in it if the machine has neither it nor
     * anything that is known to lie over it.
     */
    Map<RecordId<VolumeRecord>, List<Overlay>> look() throws InterruptedException {
        Set<VolumeId> tops = host.find(work.id()).map(Machine::disks).orElse(List.of()).stream()
                .map(MachineDisk::volume)
                .collect(Collectors.toSet());
        Map<VolumeId, Set<MachineDisk>> above = snapshots();
        Map<RecordId<VolumeRecord>, List<Overlay>> chains = new LinkedHashMap<>();
        for (RecordId<VolumeRecord> disk : work.disks()) {
            VolumeId volume = Disks.id(ground.volume(disk));
            VolumeId below = volume;
            List<Overlay> recorded = recorded(disk);
            for (Overlay known : recorded) {
                above.computeIfAbsent(below, absent -> new LinkedHashSet<>())
                        .add(new MachineDisk(known.disk(), known.place()));
                below = known.disk();
            }
            path(volume, List.of(), above, tops)
                    .map(chain -> chain.stream().map(seen -> as(recorded, seen)).toList())
                    .ifPresent(chain -> chains.put(disk, chain));
        }
        return chains;
    }

    /** What is being merged may be so still, whatever it looks like now. */
    private static Overlay as(List<Overlay> recorded, Overlay seen) {
        Overlay merging = seen.in(Overlay.State.MERGING);
        return recorded.contains(merging) ? merging : seen;
    }

    private List<Overlay> recorded(RecordId<VolumeRecord> disk) throws InterruptedException {
        return ground.catalog().inTransaction(transaction -> Overlays.over(transaction, disk));
    }

    /** What was thawed is written to itself, and what lay over it is not used. */
    private Map<VolumeId, Set<MachineDisk>> snapshots() throws InterruptedException {
        Map<VolumeId, Set<MachineDisk>> above = new HashMap<>();
        Optional<MachineSnapshots> snapshots = host.machineSnapshots();
        List<MachineSnapshot> all = snapshots.isPresent() ? snapshots.get().list(work.id()) : List.of();
        for (MachineSnapshot snapshot : all) {
            for (SnapshotDisk disk : snapshot.disks()) {
                if (disk.content() != SnapshotDisk.Content.THAWED) {
                    above.computeIfAbsent(disk.frozen().volume(), absent -> new LinkedHashSet<>())
                            .add(disk.overlay());
                }
            }
        }
        return above;
    }

    /** Returns what leads from a layer to one that the machine has. */
    private static Optional<List<Overlay>> path(
            VolumeId layer, List<Overlay> so, Map<VolumeId, Set<MachineDisk>> above, Set<VolumeId> tops) {
        if (tops.contains(layer)) {
            return Optional.of(so);
        }
        for (MachineDisk next : above.getOrDefault(layer, Set.of())) {
            if (so.stream().noneMatch(known -> known.disk().equals(next.volume()))) {
                List<Overlay> further = new ArrayList<>(so);
                further.add(new Overlay(next.volume(), next.attachment(), Overlay.State.LAID));
                Optional<List<Overlay>> rest = path(next.volume(), further, above, tops);
                if (rest.isPresent()) {
                    return rest;
                }
            }
        }
        return Optional.empty();
    }

    /**
     * Looks that nothing lies over any of the volumes.
     *
     * @throws DriverException with {@code IN_USE}, naming the overlay and the way out
     */
    void requireNone() throws InterruptedException {
        for (Map.Entry<RecordId<VolumeRecord>, List<Overlay>> chain : look().entrySet()) {
            if (!chain.getValue().isEmpty()) {
                throw Overlays.refused(work.name(), ground.volume(chain.getKey()), chain.getValue());
            }
        }
    }

    /** Looks at all disks as {@link #look} does, and writes down what was seen. */
    Map<RecordId<VolumeRecord>, List<Overlay>> record() throws InterruptedException {
        return keep(look());
    }

    private Map<RecordId<VolumeRecord>, List<Overlay>> keep(Map<RecordId<VolumeRecord>, List<Overlay>> seen)
            throws InterruptedException {
        return ground.catalog().inTransaction(transaction -> {
            seen.forEach((disk, overlays) -> Overlays.keep(transaction, disk, overlays));
            return seen;
        });
    }

    /** Ends all merges that run, so that nothing switches the machine any more, and writes down what lies over what then. */
    void settle() throws InterruptedException {
        Map<RecordId<VolumeRecord>, List<Overlay>> seen = look();
        Optional<MachineSnapshots> snapshots = host.machineSnapshots();
        for (List<Overlay> overlays : seen.values()) {
            if (snapshots.isPresent() && !overlays.isEmpty()) {
                VolumeId top = overlays.get(overlays.size() - 1).disk();
                Optional<BlockJob> job = snapshots.get().merging(work.id(), top);
                if (job.isPresent()) {
                    job.get().cancel();
                    JobVerdict unused = job.get().await(PATIENCE).orElseThrow(() -> running(top));
                }
            }
        }
        Map<RecordId<VolumeRecord>, List<Overlay>> settled = new LinkedHashMap<>(look());
        settled.replaceAll((disk, overlays) ->
                overlays.stream().map(overlay -> overlay.in(Overlay.State.LAID)).toList());
        Map<RecordId<VolumeRecord>, List<Overlay>> unused = keep(settled);
    }

    private DriverException running(VolumeId disk) {
        return DriverException.because(Failure.TIMED_OUT)
                .effect(Effect.NOT_APPLIED)
                .message(
                        "disk %s of machine %s is being merged, and was told to end that; ask again",
                        disk, work.name());
    }
}
