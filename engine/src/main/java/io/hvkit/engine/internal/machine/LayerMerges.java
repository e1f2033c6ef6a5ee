package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MergeOutcome;
import io.hvkit.hypervisor.spi.MergePlan;
import io.hvkit.hypervisor.spi.MergeSight;
import io.hvkit.storage.spi.Volume;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Merges of one overlay of one disk into what is right below it, done and looked at. */
final class LayerMerges {

    /** The fact that tells what was seen, for people. */
    static final String WORDS = "words";

    private static final String STATE = "state";
    private static final String SIZE = "size";
    private static final String NOT_KNOWN = "NOT_KNOWN";
    private static final Duration END = Duration.ofMinutes(1);
    private static final Set<MergeSight.State> OVER = EnumSet.of(MergeSight.State.UNMERGED, MergeSight.State.BEGUN);

    private final Ground ground;

    LayerMerges(Ground ground) {
        this.ground = ground;
    }

    /**
     * A disk of a machine.
     *
     * @param host where it is
     * @param request the machine, and how long each disk is waited for
     * @param position which disk of the machine
     */
    record Disk(RecordId<HostRecord> host, MergeWork request, int position) {
        RecordId<VolumeRecord> volume() {
            return request.work().disks().get(position);
        }
    }

    /** Something done with the plan of a merge. */
    private interface Use {
        Facts of(MergePlan plan) throws InterruptedException;
    }

    /** Returns whether the machine was seen to have what was below the overlay. */
    static boolean isMerged(Facts seen) {
        return seen.text(STATE).equals(MergeSight.State.MERGED.name());
    }

    /** Returns whether the machine was seen to have the overlay, and nothing switches it any more. */
    static boolean isOver(Facts seen) {
        return OVER.stream().anyMatch(state -> state.name().equals(seen.text(STATE)));
    }

    /** Merges the highest of these layers, and returns what was seen then; a failure is something seen. */
    Facts merge(Disk disk, List<MachineDisk> layers) throws InterruptedException {
        return planned(disk, layers, plan -> {
            MergeOutcome outcome =
                    plan.carryOut(disk.request.patience()).disks().get(0);
            return Facts.of(
                            STATE,
                            outcome.after().map(seen -> seen.state().name()).orElse(NOT_KNOWN))
                    .with(WORDS, outcome);
        });
    }

    /** Looks where the merge of the highest of these layers stands. */
    Facts look(Disk disk, List<MachineDisk> layers) throws InterruptedException {
        return planned(
                disk,
                layers,
                plan -> Facts.of(STATE, plan.disks().get(0).state())
                        .with(WORDS, plan.explain().get(0)));
    }

    private Facts planned(Disk disk, List<MachineDisk> layers, Use use) throws InterruptedException {
        try (OpenDisks open = OpenDisks.of(ground, disk.host, disk.volume(), ChainFacts.overlays(layers))) {
            DiskMerge merge = DiskMerge.of(open.disks().get(0));
            return use.of(MergePlan.look(snapshots(disk), disk.request.work().id(), List.of(merge)));
        } catch (DriverException e) {
            return Facts.of(STATE, NOT_KNOWN).with(WORDS, String.valueOf(e.getMessage()));
        }
    }

    private MachineSnapshots snapshots(Disk disk) throws InterruptedException {
        return ground.host(disk.host)
                .machineSnapshots()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .message("host %s merges no overlays of machines", disk.host));
    }

    /** Ends a merge that runs, since it is wanted no more; the overlay stays what the machine has. */
    void end(Disk disk, MachineDisk top) throws InterruptedException {
        Optional<BlockJob> job = snapshots(disk).merging(disk.request.work().id(), top.volume());
        if (job.isPresent()) {
            job.get().cancel();
            if (job.get().await(END).isEmpty()) {
                throw DriverException.because(Failure.TIMED_OUT)
                        .message("the merge of disk %s was told to end, and goes on", top.volume());
            }
        }
    }

    /** Reads how large a volume is, which may have grown in the merge. */
    Facts size(Disk disk) throws InterruptedException {
        VolumeRecord volume = ground.volume(disk.volume());
        return Facts.NONE.with(
                SIZE,
                ground.pool(volume.place().pool())
                        .find(Ground.external(volume))
                        .map(Volume::size)
                        .map(ByteSize::bytes));
    }

    void keepSize(Transaction transaction, Disk disk, Facts seen) {
        VolumeRecord known = transaction.volumes().require(disk.volume());
        Optional<ByteSize> grown = seen.find(SIZE)
                .map(Long::parseLong)
                .map(ByteSize::bytes)
                .filter(size -> size.compareTo(known.size()) > 0);
        grown.ifPresent(size -> ground.settle(transaction, transaction.volumes().update(known.of(size))));
    }
}
