package io.hvkit.testkit.hypervisor;

import io.hvkit.core.Attachment;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a host knows of one machine: how it was asked for, its devices now, and the moves under way. Its host locks. */
final class InMemoryMachine {

    private final MachineSpec spec;
    private final List<Disk> disks;
    private final List<Nic> nics;
    private final Map<VolumeId, InMemoryMove> moves = new LinkedHashMap<>();
    private final Map<VolumeId, VolumeId> origins = new LinkedHashMap<>();
    private final Map<CheckpointId, InMemoryCheckpoint> checkpoints = new LinkedHashMap<>();
    private Optional<InMemoryBackup> backup = Optional.empty();
    private final long startedAt = System.nanoTime();
    private final List<MachineSnapshot> noted = new ArrayList<>();
    private final Map<VolumeId, VolumeId> merges = new LinkedHashMap<>();
    private final Set<VolumeId> keysLost = new HashSet<>();
    private final InMemoryHistory history;
    private Optional<InMemoryFreeze> freeze = Optional.empty();
    private MachineState state = MachineState.RUNNING;

    InMemoryMachine(MachineSpec spec) {
        this(spec, new InMemoryHistory());
    }

    /** Makes one that has been there before. */
    InMemoryMachine(MachineSpec spec, InMemoryHistory history) {
        this.spec = spec;
        this.history = history;
        this.disks = new ArrayList<>(spec.disks());
        this.nics = new ArrayList<>(spec.nics());
    }

    static InMemoryMachine defined(MachineSpec spec) {
        InMemoryMachine machine = new InMemoryMachine(spec);
        machine.become(MachineState.STOPPED);
        return machine;
    }

    MachineSpec spec() {
        return spec;
    }

    InMemoryHistory history() {
        return history;
    }

    /** Returns what holds its guest frozen now. */
    Optional<InMemoryFreeze> freeze() {
        freeze = freeze.filter(InMemoryFreeze::holds);
        return freeze;
    }

    void freeze(InMemoryFreeze held) {
        freeze = Optional.of(held);
    }

    Optional<InMemoryBackup> backup() {
        return backup;
    }

    void backup(Optional<InMemoryBackup> running) {
        backup = running;
    }

    Map<CheckpointId, InMemoryCheckpoint> checkpoints() {
        return checkpoints;
    }

    /** Returns when it started, as {@link System#nanoTime} counts. */
    long startedAt() {
        return startedAt;
    }

    List<Disk> disks() {
        return disks;
    }

    List<Nic> nics() {
        return nics;
    }

    Map<VolumeId, InMemoryMove> moves() {
        return moves;
    }

    /** Forgets the keys of its disks, which it goes on using. */
    void loseKeys() {
        disks.stream().filter(disk -> disk.key().isPresent()).map(Disk::volume).forEach(keysLost::add);
    }

    void takeKey(VolumeId volume) {
        keysLost.remove(volume);
    }

    void takeKeys() {
        keysLost.clear();
    }

    boolean lacksKey(VolumeId volume) {
        return keysLost.contains(volume);
    }

    /** Returns what volumes were before the last copy onto them. */
    Map<VolumeId, VolumeId> origins() {
        return origins;
    }

    /** Returns whether a disk that was a volume is at its target now. */
    boolean hasMoved(VolumeId volume, Disk target) {
        return volume.equals(origins.get(target.volume()))
                && disk(target.volume())
                        .filter(disk -> disk.attachment().equals(target.attachment()))
                        .isPresent();
    }

    boolean isBusy(VolumeId volume) {
        return moves.containsKey(volume);
    }

    /** Returns what was frozen under that name, whether it still is or not. */
    Optional<MachineSnapshot> noted(SnapshotId id) {
        return noted.stream().filter(snapshot -> snapshot.id().equals(id)).findAny();
    }

    List<MachineSnapshot> noted() {
        return noted;
    }

    /** Notes what is frozen, in place of what was under the same name. */
    void note(MachineSnapshot snapshot) {
        int at = noted(snapshot.id()).map(noted::indexOf).orElse(noted.size());
        noted.removeIf(each -> each.id().equals(snapshot.id()));
        noted.add(Math.min(at, noted.size()), snapshot);
    }

    /** Returns which volumes were to be merged into which; whether they were, the disks tell. */
    Map<VolumeId, VolumeId> merges() {
        return merges;
    }

    /** Notes that a merge begins, so that a frozen volume is not what it was. */
    void merges(VolumeId overlay, VolumeId frozen) {
        merges.put(overlay, frozen);
        noted.replaceAll(snapshot -> new MachineSnapshot(
                snapshot.id(),
                snapshot.disks().stream()
                        .map(disk -> disk.frozen().volume().equals(frozen)
                                ? new SnapshotDisk(disk.frozen(), disk.overlay(), SnapshotDisk.Content.CHANGED)
                                : disk)
                        .toList()));
    }

    Optional<MachineSnapshot> snapshot(SnapshotId id) {
        return snapshots().stream().filter(snapshot -> snapshot.id().equals(id)).findAny();
    }

    /** Returns what is noted and whose overlays still lie over what was frozen. */
    List<MachineSnapshot> snapshots() {
        List<MachineSnapshot> present = new ArrayList<>();
        for (MachineSnapshot snapshot : noted) {
            List<SnapshotDisk> left =
                    snapshot.disks().stream().filter(this::hasBothLayers).toList();
            if (!left.isEmpty()) {
                present.add(new MachineSnapshot(snapshot.id(), left));
            }
        }
        return List.copyOf(present);
    }

    /** Returns whether a merge of one volume into another was begun. */
    boolean isMerging(VolumeId overlay, VolumeId into) {
        return into.equals(merges.get(overlay));
    }

    /** Returns whether a disk is an older state than the machine has, or a part of it. */
    boolean isStale(Disk disk) {
        return merges.entrySet().stream().anyMatch(merge -> {
            boolean isOver = disk(merge.getValue()).isEmpty();
            return isOver
                    ? disk.volume().equals(merge.getValue())
                            && disk(merge.getKey()).isPresent()
                    : disk.layers().stream().anyMatch(layer -> layer.volume().equals(merge.getKey()));
        });
    }

    /** Forgets the merges of a disk that is gone. */
    void forgetMerges() {
        merges.entrySet().removeIf(merge -> !hasLayer(merge.getKey()) && !hasLayer(merge.getValue()));
    }

    private boolean hasLayer(VolumeId volume) {
        return disks.stream()
                .flatMap(disk -> disk.layers().stream())
                .anyMatch(layer -> layer.volume().equals(volume));
    }

    /** Returns whether a snapshot still has a volume frozen. */
    boolean isFrozen(VolumeId volume) {
        return snapshots().stream()
                .flatMap(snapshot -> snapshot.disks().stream())
                .anyMatch(disk -> disk.frozen().volume().equals(volume));
    }

    private boolean hasBothLayers(SnapshotDisk frozen) {
        return disks.stream()
                .flatMap(disk -> disk.layers().stream())
                .anyMatch(layer -> layer.volume().equals(frozen.overlay().volume())
                        && layer.base()
                                .filter(base ->
                                        base.volume().equals(frozen.frozen().volume()))
                                .isPresent());
    }

    void become(MachineState next) {
        state = next;
    }

    boolean isActive() {
        return state != MachineState.STOPPED;
    }

    boolean listens() {
        return state == MachineState.RUNNING && !InMemoryHypervisorDriver.isDeaf(spec);
    }

    Optional<Disk> disk(VolumeId volume) {
        return disks.stream().filter(disk -> disk.volume().equals(volume)).findAny();
    }

    Optional<Nic> nic(MacAddress address) {
        return nics.stream()
                .filter(nic -> nic.address().filter(address::equals).isPresent())
                .findAny();
    }

    /** Returns this machine as it is elsewhere, with other disks for some of its own. */
    InMemoryMachine movedTo(Map<VolumeId, Disk> others) {
        InMemoryMachine there = new InMemoryMachine(spec, history);
        there.disks.clear();
        disks.forEach(disk -> there.disks.add(Optional.ofNullable(others.get(disk.volume()))
                .map(other -> other.as(disk.device()))
                .orElse(disk)));
        there.nics.clear();
        there.nics.addAll(nics);
        there.merges.putAll(merges);
        there.state = state;
        return there;
    }

    boolean has(Attachment place) {
        return disks.stream()
                .flatMap(disk -> disk.layers().stream())
                .anyMatch(disk -> disk.attachment().equals(place));
    }

    boolean uses(Attachment place) {
        return isActive()
                && (has(place)
                        || moves.values().stream()
                                .anyMatch(move -> move.target().attachment().equals(place)));
    }

    Machine as(MachineId id) {
        return Machine.of(id, id.value(), state)
                .with(disks.stream()
                        .map(disk -> new MachineDisk(disk.volume(), disk.attachment()))
                        .toList());
    }
}
