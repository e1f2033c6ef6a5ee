package io.hvkit.engine;

import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.ChaosMemory.Fate;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.snapshot.SnapshotRequest;
import io.hvkit.storage.spi.chain.ChainLimit;
import io.hvkit.storage.spi.chain.LogicalSnapshot;

/** What a caller in chaos asks for with snapshots. */
final class ChaosSnapshots {

    private static final int MANY = 5;
    private static final int LONGEST_CHAIN = 4;

    private final ChaosWorld world;
    private final ChaosCaller caller;

    ChaosSnapshots(ChaosWorld world, ChaosCaller caller) {
        this.world = world;
        this.caller = caller;
    }

    private interface DeedOnSnapshot {
        void on(VolumeRecord volume, Snapshot snapshot) throws InterruptedException;
    }

    void enlist() {
        caller.often(5, () -> caller.onVolume(this::take));
        caller.often(3, () -> onSnapshot(this::delete));
        caller.often(2, () -> onSnapshot(this::restore));
        caller.often(2, () -> onSnapshot(this::revert));
        caller.often(1, () -> onSnapshot(this::copy));
        caller.often(1, () -> caller.onVolume(this::tidy));
    }

    private void onSnapshot(DeedOnSnapshot deed) throws InterruptedException {
        caller.onVolume(volume -> onSnapshot(volume, deed));
    }

    private void onSnapshot(VolumeRecord volume, DeedOnSnapshot deed) throws InterruptedException {
        caller.onOne(
                caller.hvkit().snapshots().list(volume.id()).stream()
                        .filter(snapshot -> snapshot.state() == LogicalSnapshot.State.BACKED_UP)
                        .toList(),
                snapshot -> deed.on(volume, snapshot));
    }

    private void take(VolumeRecord volume) throws InterruptedException {
        if (caller.hvkit().snapshots().list(volume.id()).size() > MANY) {
            onSnapshot(volume, this::delete);
            return;
        }
        String called = world.newName("s");
        Fate fate = world.memory.snapshot(called);
        fate.mayHold(world.memory.volume(volume.name()));
        world.memory.volume(volume.name()).owner().ifPresent(fate::ownedBy);
        SnapshotRequest request = SnapshotRequest.named(
                        called, world.stores.get(0).id())
                .limitedTo(new ChainLimit(1 + caller.below(LONGEST_CHAIN)));
        caller.askUnderKey(
                        "snapshot " + called + " of " + volume.name(),
                        engine -> engine.snapshots().under("take-" + called).take(volume.id(), request))
                .ifPresent(taken -> {
                    fate.mayHold(world.memory.volume(volume.name()));
                    fate.acknowledge();
                });
    }

    private void delete(VolumeRecord volume, Snapshot snapshot) throws InterruptedException {
        world.memory.snapshot(snapshot.name()).doom();
        caller.ask(
                "forget " + snapshot.name() + " of " + volume.name(),
                engine -> engine.snapshots().delete(snapshot.id()));
    }

    private void restore(VolumeRecord volume, Snapshot snapshot) throws InterruptedException {
        String called = world.newName("t");
        Fate fate = world.memory.volume(called);
        fate.mayHold(world.memory.snapshot(snapshot.name()));
        RestoreRequest plain =
                RestoreRequest.of(snapshot.id(), called, caller.one(world.pools).id());
        RestoreRequest formed = caller.by(0.5) ? plain.as(ImageFormat.QCOW2) : plain;
        RestoreRequest locked = caller.by(0.7) ? formed.encrypted() : formed;
        RestoreRequest request = caller.owner(fate).map(locked::ownedBy).orElse(locked);
        caller.askUnderKey(
                        "restore " + snapshot.name() + " as " + called,
                        engine -> engine.snapshots().under("restore-" + called).restore(request))
                .ifPresent(made -> fate.acknowledge());
    }

    private void revert(VolumeRecord volume, Snapshot snapshot) throws InterruptedException {
        world.memory.volume(volume.name()).mayHold(world.memory.snapshot(snapshot.name()));
        caller.ask(
                "revert " + volume.name() + " to " + snapshot.name(),
                engine -> engine.snapshots().revert(volume.id(), snapshot.id()));
    }

    private void copy(VolumeRecord volume, Snapshot snapshot) throws InterruptedException {
        caller.ask(
                "copy " + snapshot.name() + " of " + volume.name(),
                engine -> engine.snapshots()
                        .copy(snapshot.id(), world.stores.get(1).id()));
    }

    private void tidy(VolumeRecord volume) throws InterruptedException {
        caller.ask(
                "sweep snapshots of " + volume.name(),
                engine -> engine.snapshots().tidy(volume.id()));
    }
}
