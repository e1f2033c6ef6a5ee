package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineDiskRecord.Overlay;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.internal.volume.Disks;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.Overlays;
import io.hvkit.engine.machine.DiskChain;
import io.hvkit.engine.machine.DiskChain.Standing;
import io.hvkit.hypervisor.spi.MachineDisk;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tells what the disks of a machine stand on, and what is to be done about it; changes nothing. */
public final class ChainReport {

    private final MachineGround machines;
    private final Ground ground;

    /** Makes it. */
    public ChainReport(MachineGround machines) {
        this.machines = machines;
        this.ground = machines.ground();
    }

    /** Looks at a machine: at its host if it runs, else at what is known of it. */
    public List<DiskChain> of(MachineWork work) throws InterruptedException {
        MachineRecord machine = machines.machine(work.machine());
        Optional<RecordId<HostRecord>> host = machine.host();
        boolean runs = host.isPresent() && Disks.isRunning(ground.host(host.get()), work.id());
        List<DiskChain> chains = new ArrayList<>();
        Map<RecordId<VolumeRecord>, List<Overlay>> seen =
                runs ? new ChainLook(ground, host.orElseThrow(), work).look() : Map.of();
        for (int i = 0; i < work.disks().size(); i++) {
            RecordId<VolumeRecord> disk = work.disks().get(i);
            List<Overlay> known = ground.catalog().inTransaction(transaction -> Overlays.over(transaction, disk));
            if (!runs) {
                chains.add(resting(disk, known));
            } else if (seen.containsKey(disk)) {
                LayerMerges.Disk running =
                        new LayerMerges.Disk(host.orElseThrow(), new MergeWork(work, Duration.ZERO), i);
                chains.add(running(running, known, seen.get(disk)));
            } else {
                chains.add(new DiskChain(
                        disk,
                        ChainFacts.disks(known),
                        Standing.UNKNOWN,
                        "the machine has another disk in its place, or none, of which neither its host's notes nor the catalog tell;"
                                + " bring that back by the host's own means, before the machine ends"));
            }
        }
        return chains;
    }

    private static DiskChain resting(RecordId<VolumeRecord> disk, List<Overlay> known) {
        List<MachineDisk> overlays = ChainFacts.disks(known);
        Optional<Overlay> doubtful = known.stream()
                .filter(overlay -> overlay.state() != Overlay.State.LAID)
                .findFirst();
        if (doubtful.isPresent()) {
            return new DiskChain(disk, overlays, Standing.IN_DOUBT, Overlays.repair(doubtful.get()));
        }
        return known.isEmpty()
                ? alone(disk)
                : new DiskChain(
                        disk,
                        overlays,
                        Standing.RECORDED,
                        "start the machine, which starts it with its overlays, and merge it");
    }

    private DiskChain running(LayerMerges.Disk disk, List<Overlay> known, List<Overlay> seen)
            throws InterruptedException {
        List<MachineDisk> overlays = ChainFacts.disks(seen);
        if (seen.isEmpty() && known.isEmpty()) {
            return alone(disk.volume());
        }
        Standing standing = overlays.equals(ChainFacts.disks(known)) ? Standing.RECORDED : Standing.UNRECORDED;
        String words = seen.isEmpty()
                ? "the machine has the volume alone; merge it, which writes that down"
                : new LayerMerges(ground).look(disk, overlays).text(LayerMerges.WORDS);
        return new DiskChain(disk.volume(), overlays, standing, words);
    }

    private static DiskChain alone(RecordId<VolumeRecord> disk) {
        return new DiskChain(disk, List.of(), Standing.ALONE, "nothing lies over it");
    }
}
