package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Removes a volume: first nobody can begin to use it, then its pool removes it, then its record goes and its key is retired. */
public final class DeleteProcedure implements Procedure<RecordId<VolumeRecord>, RecordId<VolumeRecord>> {

    private final Ground ground;

    /** Makes it. */
    public DeleteProcedure(Ground ground) {
        this.ground = ground;
    }

    @Override
    public String kind() {
        return "volume.delete";
    }

    @Override
    public Facts facts(RecordId<VolumeRecord> volume) {
        return Facts.of("volume", volume);
    }

    @Override
    public RecordId<VolumeRecord> request(Facts facts) {
        return new RecordId<>(facts.text("volume"));
    }

    @Override
    public SortedSet<String> objects(RecordId<VolumeRecord> volume) {
        return new TreeSet<>(Set.of(Ground.object(volume)));
    }

    @Override
    public Facts run(RecordId<VolumeRecord> id, Run run) throws InterruptedException {
        Facts marked = run.step(Step.recorded("mark", transaction -> mark(transaction, id))
                .forgetting((transaction, evidence) -> transaction
                        .volumes()
                        .find(id)
                        .ifPresent(volume -> transaction.volumes().update(volume.in(before(volume))))));
        if (marked.find("pool").isEmpty()) {
            return marked; // it was gone before
        }
        RecordId<PoolRecord> pool = new RecordId<>(marked.text("pool"));
        run.step(Step.of("remove", () -> {
                    Optional<OldCopy> second = OldCopy.of(id, marked);
                    if (second.isPresent()) {
                        second.get().remove(ground);
                    }
                    RecordId<PoolRecord> home =
                            new RecordId<>(marked.find("home").orElse(pool.value()));
                    int copy = marked.find("copy").map(Integer::parseInt).orElse(0);
                    remove(ground.pool(pool), marked.find("id").map(VolumeId::new), Ground.nameIn(home, id, copy));
                    return Facts.NONE;
                })
                .keeping((transaction, evidence) -> forget(transaction, id))
                .committing());
        return marked;
    }

    private static VolumeRecord.State before(VolumeRecord volume) {
        return volume.place().externalId().isPresent() ? VolumeRecord.State.READY : VolumeRecord.State.CREATING;
    }

    private static Facts mark(Transaction transaction, RecordId<VolumeRecord> id) {
        Optional<VolumeRecord> known = transaction.volumes().find(id);
        if (known.isEmpty()) {
            return Facts.of("volume", id);
        }
        VolumeRecord volume = isLeftOver(transaction, known.get()) ? known.get() : Ground.requireReady(transaction, id);
        for (AttachmentRecord use : Ground.uses(transaction, id)) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "volume %s (%s) is attached to machine %s on host %s; detach it first",
                            volume.name(), id, use.machine(), use.host());
        }
        KnownDisks.requireNone(transaction, volume);
        transaction.volumes().update(volume.in(VolumeRecord.State.DELETING));
        Facts marked = Facts.of("volume", id)
                .with("pool", volume.place().pool())
                .with("home", volume.place().home())
                .with("copy", volume.place().copy())
                .with("id", volume.place().externalId().map(ExternalId::value));
        return OldCopy.of(volume).map(second -> second.in(marked)).orElse(marked);
    }

    /** A volume is called as the operation that makes it; once that has ended, nobody makes it any more. */
    private static boolean isLeftOver(Transaction transaction, VolumeRecord volume) {
        return volume.state() == VolumeRecord.State.CREATING
                && transaction
                        .journal()
                        .find(new RecordId<>(volume.id().value()))
                        .map(OperationRecord::state)
                        .filter(state -> !state.isEnded())
                        .isEmpty();
    }

    /** Its pool may have it and never have said so; the name is its own. */
    private static void remove(StoragePool pool, Optional<VolumeId> id, String name) throws InterruptedException {
        Optional<VolumeId> there = id.isPresent() ? id : pool.findNamed(name).map(Volume::id);
        if (there.isPresent()) {
            pool.delete(there.get());
        }
    }

    private void forget(Transaction transaction, RecordId<VolumeRecord> id) {
        transaction.volumes().find(id).ifPresent(volume -> {
            transaction
                    .snapshots()
                    .where(SnapshotRecord.VOLUME, id)
                    .forEach(snapshot -> transaction.snapshots().update(snapshot.withoutVolume()));
            transaction.volumes().delete(volume);
            ground.ledger(transaction).end(Ground.object(id));
            volume.key().ifPresent(key -> ground.keys().release(transaction, key));
            volume.second()
                    .flatMap(VolumeRecord.Second::key)
                    .ifPresent(key -> ground.keys().release(transaction, key));
        });
    }

    @Override
    public RecordId<VolumeRecord> result(RecordId<VolumeRecord> volume, Facts result) {
        return volume;
    }
}
