package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Removes what a move has left beside a volume: the copy that does not count, and its key. Of a volume that its storage was moving it finds out
 * where that is. And it takes the volume from hosts that were lent it, or to which its machine was to come, and have it still.
 */
public final class TidyProcedure implements Procedure<RecordId<VolumeRecord>, VolumeRecord> {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String ASTRAY = "astray";
    private static final String WHOLE = "whole";
    private static final Set<VolumeRecord.State> WHOLE_STATES =
            EnumSet.of(VolumeRecord.State.READY, VolumeRecord.State.MOVING);

    private final Ground ground;

    /** Makes it. */
    public TidyProcedure(Ground ground) {
        this.ground = ground;
    }

    @Override
    public String kind() {
        return "volume.tidy";
    }

    @Override
    public Facts facts(RecordId<VolumeRecord> volume) {
        return Facts.of("volume", volume);
    }

    @Override
    public RecordId<VolumeRecord> request(Facts facts) {
        return new RecordId<>(facts.text("volume"));
    }

    /** While this works on a volume, no move does. */
    @Override
    public SortedSet<String> objects(RecordId<VolumeRecord> volume) {
        return new TreeSet<>(Set.of(Ground.object(volume)));
    }

    @Override
    public Facts run(RecordId<VolumeRecord> id, Run run) throws InterruptedException {
        Facts found = run.step(Step.recorded("find", transaction -> find(transaction, id)));
        Optional<OldCopy> copy = OldCopy.of(id, found);
        if (found.find(ASTRAY).isPresent()) {
            run.step(Step.of("settle", () -> ArrayMove.settle(ground, ground.volume(id)))
                    .keeping((transaction, evidence) -> ArrayMove.settled(ground, transaction, id, evidence)));
        }
        if (copy.isPresent()) {
            remove(copy.get(), found, run);
        }
        if (found.find(WHOLE).isPresent()) {
            run.step(Step.of("return", () -> Facts.of("ended", takeBack(ground, id))));
        }
        return Facts.of("volume", id);
    }

    /**
     * Takes a volume from hosts that were lent it, or to which its machine did not come, and returns how many uses ended. The caller holds it. One
     * that is being made, or goes, is left alone.
     */
    public static int takeBack(Ground ground, RecordId<VolumeRecord> id) throws InterruptedException {
        VolumeRecord volume = ground.volume(id);
        if (!WHOLE_STATES.contains(volume.state())) {
            return 0;
        }
        StoragePool pool = ground.pool(volume.place().pool());
        return LentUses.end(ground, pool, Ground.external(volume)) + StrandedUses.end(ground, volume);
    }

    private void remove(OldCopy copy, Facts found, Run run) throws InterruptedException {
        RecordId<VolumeRecord> id = copy.volume();
        Optional<MachineUse> use = found.find("host")
                .map(host -> new MachineUse(id, new RecordId<HostRecord>(host), new MachineId(found.text("machine"))));
        run.step(Step.of("remove", () -> {
                    if (use.isPresent()) {
                        requireNoCopy(use.get());
                    }
                    copy.remove(ground);
                    return Facts.of("pool", copy.pool());
                })
                .keeping((transaction, evidence) -> OldCopy.forget(ground, transaction, id)));
    }

    private static Facts find(Transaction transaction, RecordId<VolumeRecord> id) {
        VolumeRecord volume = transaction.volumes().require(id);
        Optional<AttachmentRecord> use = Ground.uses(transaction, id).stream().findAny();
        Facts known = Facts.NONE
                .with(WHOLE, Optional.of(volume.state()).filter(WHOLE_STATES::contains)) // others are being made, or go
                .with("host", use.map(AttachmentRecord::host))
                .with("machine", use.map(AttachmentRecord::machine));
        if (volume.state() == VolumeRecord.State.MOVING && volume.second().isEmpty()) {
            return known.with(ASTRAY, volume.place().pool()); // its storage was to bring it elsewhere
        }
        return OldCopy.of(volume).map(copy -> copy.in(known)).orElse(known);
    }

    /** A move that failed may have left the hypervisor copying. */
    private void requireNoCopy(MachineUse use) throws InterruptedException {
        Hypervisor host = ground.host(use.host());
        VolumeRecord volume = ground.volume(use.volume());
        if (host.liveDiskMigration().isEmpty() || !Disks.isRunning(host, use.machine())) {
            return;
        }
        Attachment place = ground.pool(volume.place().pool())
                .attach(
                        Ground.external(volume),
                        VolumeUse.by(new HostId(use.host().value())));
        Optional<VolumeId> disk = Disks.called(host, use.machine(), Disks.id(volume), place);
        if (disk.isEmpty()) {
            return;
        }
        Optional<BlockJob> running = Disks.migration(host).find(use.machine(), disk.get());
        if (running.isPresent()) {
            running.get().cancel();
            if (running.get().await(PATIENCE).isEmpty()) {
                throw DriverException.because(Failure.TIMED_OUT)
                        .message("the copy of volume %s has not ended for %s", volume.name(), PATIENCE);
            }
        }
    }

    @Override
    public VolumeRecord result(RecordId<VolumeRecord> volume, Facts result) throws InterruptedException {
        return ground.volume(volume);
    }
}
