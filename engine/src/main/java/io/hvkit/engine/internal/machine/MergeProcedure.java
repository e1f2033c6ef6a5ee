package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineDiskRecord.Overlay;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Disks;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.Overlays;
import io.hvkit.engine.machine.MergedDisk;
import io.hvkit.engine.machine.MergedDisks;
import io.hvkit.hypervisor.spi.MachineDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;

/**
 * Merges what lies over the disks of a machine into their volumes, disk by disk, and in each the highest first. That an overlay is being
 * merged is written down before, and what became of it after its host was looked at; one that fails keeps those below it, and no other
 * disk, from being merged. Nothing is taken back: through its overlays, a disk is the same all the time.
 */
public final class MergeProcedure implements Procedure<MergeWork, MergedDisks> {

    private final MachineGround machines;
    private final Ground ground;
    private final LayerMerges merges;

    /** Makes it. */
    public MergeProcedure(MachineGround machines) {
        this.machines = machines;
        this.ground = machines.ground();
        this.merges = new LayerMerges(ground);
    }

    @Override
    public String kind() {
        return "machine.merge";
    }

    @Override
    public Facts facts(MergeWork request) {
        return request.facts();
    }

    @Override
    public MergeWork request(Facts facts) {
        return MergeWork.of(facts);
    }

    @Override
    public SortedSet<String> objects(MergeWork request) {
        return request.work().objects();
    }

    @Override
    public Facts run(MergeWork request, Run run) throws InterruptedException {
        MachineWork work = request.work();
        Facts seen = run.step(Step.of("look", () -> look(work)));
        Facts result = Facts.NONE;
        for (int i = 0; i < work.disks().size(); i++) {
            List<MachineDisk> overlays = ChainFacts.list(seen, "disk-" + i);
            if (!overlays.isEmpty()) {
                RecordId<HostRecord> host = new RecordId<>(seen.text("host"));
                result = merge(new LayerMerges.Disk(host, request, i), overlays, run, result);
            }
        }
        return result;
    }

    private Facts look(MachineWork work) throws InterruptedException {
        Facts facts = Facts.NONE;
        MachineRecord machine = machines.machine(work.machine());
        Optional<RecordId<HostRecord>> host = machine.host();
        if (host.isEmpty() || !Disks.isRunning(ground.host(host.get()), work.id())) {
            requireNothingToMerge(machine, work);
            return facts;
        }
        facts = facts.with("host", host.get());
        Map<RecordId<VolumeRecord>, List<Overlay>> chains = new ChainLook(ground, host.get(), work).record();
        for (int i = 0; i < work.disks().size(); i++) {
            List<Overlay> overlays = chains.getOrDefault(work.disks().get(i), List.of());
            facts = ChainFacts.with(facts, "disk-" + i, ChainFacts.disks(overlays));
        }
        return facts;
    }

    private void requireNothingToMerge(MachineRecord machine, MachineWork work) throws InterruptedException {
        for (RecordId<VolumeRecord> disk : work.disks()) {
            List<Overlay> overlays = ground.catalog().inTransaction(transaction -> Overlays.over(transaction, disk));
            if (!overlays.isEmpty()) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "machine %s does not run, and has %s over volume %s; start it, which starts it with its overlays, and"
                                        + " merge then",
                                machine.name(), Overlays.text(overlays.get(overlays.size() - 1)), disk);
            }
        }
    }

    /** Merges one disk, and returns what is known of all until then. */
    private Facts merge(LayerMerges.Disk disk, List<MachineDisk> overlays, Run run, Facts result)
            throws InterruptedException {
        List<MachineDisk> merged = new ArrayList<>();
        List<MachineDisk> left = new ArrayList<>(overlays);
        String words = "";
        boolean goesOn = true;
        while (!left.isEmpty() && goesOn) {
            List<MachineDisk> layers = List.copyOf(left);
            MachineDisk top = layers.get(layers.size() - 1);
            String name = disk.position() + "-" + (layers.size() - 1);
            run.step(Step.recorded("note-" + name, transaction -> note(transaction, disk, layers)));
            Facts seen = run.step(Step.of("merge-" + name, () -> merges.merge(disk, layers))
                    .lookedForBy(() -> Optional.of(merges.look(disk, layers)))
                    .undoneBy(evidence -> merges.end(disk, top))
                    .keeping((transaction, evidence) -> keep(transaction, disk, layers, evidence)));
            words = seen.text(LayerMerges.WORDS);
            goesOn = LayerMerges.isMerged(seen);
            if (goesOn) {
                merged.add(left.remove(left.size() - 1));
            }
        }
        if (left.isEmpty()) {
            run.step(Step.of("size-" + disk.position(), () -> merges.size(disk))
                    .keeping((transaction, evidence) -> merges.keepSize(transaction, disk, evidence)));
        }
        String name = "disk."
                + result.texts().keySet().stream()
                        .filter(key -> key.endsWith(".volume"))
                        .count();
        Facts all = result.with(name + ".volume", disk.volume()).with(name + ".words", words);
        return ChainFacts.with(ChainFacts.with(all, name + ".merged", merged), name + ".left", left);
    }

    private static Facts note(Transaction transaction, LayerMerges.Disk disk, List<MachineDisk> layers) {
        Overlays.keep(transaction, disk.volume(), topped(layers, Overlay.State.MERGING));
        return Facts.of("volume", disk.volume());
    }

    private static void keep(Transaction transaction, LayerMerges.Disk disk, List<MachineDisk> layers, Facts seen) {
        if (LayerMerges.isMerged(seen)) {
            Overlays.keep(transaction, disk.volume(), ChainFacts.overlays(layers.subList(0, layers.size() - 1)));
        } else if (LayerMerges.isOver(seen)) {
            Overlays.keep(transaction, disk.volume(), topped(layers, Overlay.State.LAID));
        }
    }

    private static List<Overlay> topped(List<MachineDisk> layers, Overlay.State state) {
        List<Overlay> overlays = new ArrayList<>(ChainFacts.overlays(layers));
        overlays.add(overlays.remove(overlays.size() - 1).in(state));
        return overlays;
    }

    @Override
    public MergedDisks result(MergeWork request, Facts result) {
        List<MergedDisk> disks = new ArrayList<>();
        while (result.find("disk." + disks.size() + ".volume").isPresent()) {
            String name = "disk." + disks.size();
            disks.add(new MergedDisk(
                    new RecordId<>(result.text(name + ".volume")),
                    ChainFacts.list(result, name + ".merged"),
                    ChainFacts.list(result, name + ".left"),
                    result.text(name + ".words")));
        }
        return new MergedDisks(disks);
    }
}
