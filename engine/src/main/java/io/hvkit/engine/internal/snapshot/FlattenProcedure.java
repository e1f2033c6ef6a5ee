package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.cluster.PoolStanding;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.chain.LayerId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Makes a copy of a snapshot full: all of it is written to a new layer beside the one it has, under a key of its own, and compared; only
 * then is it read from there, and so are those that stand on it. The old layer stays as long as somebody may be in the midst of reading it.
 */
public final class FlattenProcedure implements Procedure<FlattenRequest, RecordId<SnapshotRecord>> {

    private static final String FULL = "full";
    private static final String SECRECY = "secrecy";
    private static final String BECAUSE = "it was flattened, and holds all that it was read from before";

    private final Ground ground;
    private final LayerFiles files;
    private final LayerRemoval removal;
    private final RemovalSteps steps;

    /** Makes it. */
    public FlattenProcedure(Ground ground) {
        this.ground = ground;
        this.files = new LayerFiles(ground);
        this.removal = new LayerRemoval(ground);
        this.steps = new RemovalSteps(ground);
    }

    @Override
    public String kind() {
        return "snapshot.flatten";
    }

    @Override
    public Facts facts(FlattenRequest request) {
        return Facts.of("snapshot", request.snapshot()).with("store", request.store());
    }

    @Override
    public FlattenRequest request(Facts facts) {
        return new FlattenRequest(new RecordId<>(facts.text("snapshot")), new RecordId<>(facts.text("store")));
    }

    /** The snapshot is not deleted meanwhile; others of its chain may be, and what stands on it, too. */
    @Override
    public SortedSet<String> objects(FlattenRequest request) {
        return new TreeSet<>(Set.of(DeleteSnapshotProcedure.object(request.snapshot())));
    }

    @Override
    public Facts run(FlattenRequest request, Run run) throws InterruptedException {
        SnapshotId id = ChainLedger.idOf(request.snapshot());
        LayerId layer = new LayerId(
                new PoolId(request.store().value()), run.operation().value()); // a name that no layer ever had
        Facts seen = run.step(Step.of("look", () -> look(request, layer)));
        if (seen.find(FULL).isEmpty()) {
            Optional<RecordId<KeyRecord>> key = key(seen, run);
            Facts begun = run.step(Step.recorded("begin", transaction -> begin(transaction, id, layer, key))
                    .undoneBy(evidence -> giveUp(evidence, layer)));
            ByteSize size = ByteSize.bytes(Long.parseLong(begun.text("size")));
            run.step(Step.of("make", () -> files.make(layer, size, key)));
            ChainWriting.Found found = fill(begun, layer, size, run);
            SnapshotSource source = SnapshotSource.of(begun);
            run.step(Step.recorded("turn", transaction -> turn(transaction, source, found))
                    .committing());
            letGo(ChainKey.of(begun.text("chain")), layer, source.line().get(0), run);
        }
        return Facts.of("snapshot", request.snapshot());
    }

    /** Says whether there is something to do, and whether it can be done. */
    private Facts look(FlattenRequest request, LayerId layer) throws InterruptedException {
        SnapshotId id = ChainLedger.idOf(request.snapshot());
        Facts seen = ground.catalog().inTransaction(transaction -> {
            PoolRecord store = transaction.pools().require(request.store());
            ChainLedger ledger = ChainLedger.of(transaction, id);
            ledger.know(request.store());
            if (ledger.planner().flatten(id, layer).steps().isEmpty()) {
                return Facts.of(FULL, id);
            }
            PoolStanding.requireOpen(transaction, store, "backups");
            return source(ledger, id, layer.store());
        });
        if (seen.find(FULL).isEmpty()) {
            requireThere(ChainKey.of(seen.text("chain")), SnapshotSource.of(seen));
        }
        return seen;
    }

    /** What is not there is known from then on, and nothing is read through it any more. */
    private void requireThere(ChainKey chain, SnapshotSource source) throws InterruptedException {
        Optional<String> lost = new LostLayers(ground).in(chain, source.line());
        if (lost.isPresent()) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message("the copy of %s in %s cannot be read: %s", source.snapshot(), source.store(), lost.get());
        }
    }

    private static Facts source(ChainLedger ledger, SnapshotId id, PoolId store) {
        List<LayerId> line = ledger.line(ledger.graph()
                .snapshot(id)
                .orElseThrow()
                .replicaIn(store)
                .orElseThrow()
                .layer());
        boolean isEncrypted = LayerFiles.isEncrypted(ledger.transaction(), line);
        return SnapshotSource.facts(
                ledger, id, line, isEncrypted ? TakePlan.Secrecy.ENCRYPTED : TakePlan.Secrecy.PLAIN);
    }

    /** The key is stored before anything is encrypted with it. */
    private Optional<RecordId<KeyRecord>> key(Facts seen, Run run) throws InterruptedException {
        if (TakePlan.Secrecy.valueOf(seen.text(SECRECY)) == TakePlan.Secrecy.PLAIN) {
            return Optional.empty();
        }
        RecordId<KeyRecord> id = new RecordId<>(run.operation().value());
        run.step(Step.of("key", () -> Facts.of("key", ground.keys().create(id).id()))
                .undoneBy(evidence -> {})
                .forgetting((transaction, evidence) -> ground.keys().release(transaction, id)));
        return Optional.of(id);
    }

    /** From now on the new layer is known, and what it is written from stays. */
    private Facts begin(Transaction transaction, SnapshotId id, LayerId layer, Optional<RecordId<KeyRecord>> key) {
        ChainLedger ledger = ChainLedger.of(transaction, id);
        Facts source = source(ledger, id, layer.store());
        if (ledger.advance(ledger.planner().flatten(id, layer)).isEmpty()) {
            throw DriverException.because(Failure.DEFECT)
                    .effect(Effect.NOT_APPLIED)
                    .message("the copy of %s in %s became full while nobody worked on it", id, layer.store());
        }
        SnapshotRecord record = Optional.ofNullable(ledger.snapshots().get(id)).orElseThrow();
        ByteSize size = record.chained().orElseThrow().size();
        ChainWriting.write(
                ledger,
                ground,
                new ChainWriting.Fresh(record.name(), size, ground.clock().instant(), key, BECAUSE));
        return LayerCopy.facts(source, List.of(layer), LayerCopy.Way.IN_FULL);
    }

    private ChainWriting.Found fill(Facts begun, LayerId layer, ByteSize size, Run run) throws InterruptedException {
        SnapshotSource source = SnapshotSource.of(begun);
        RecordId<HostRecord> host = new RecordId<>(run.step(Step.of(
                        "worker", () -> source.worker(ground, LayerFiles.poolOf(layer), "to a layer beside it")))
                .text("host"));
        LayerCopy copy = new LayerCopy(ground, begun, layer.store(), host);
        run.step(Step.of("lend", copy::lend).undoneBy(evidence -> copy.giveBack()));
        run.step(Step.of("copy", () -> copy.copy(run.progress())));
        run.step(Step.of("compare", () -> copy.compare(run.progress())));
        Facts closed = run.step(Step.of("close", () -> copy.close(host)));
        return ChainWriting.Found.copied(layer, TakeProcedure.counted(closed).orElse(size));
    }

    /** What a machine notes since the old layer was written, it notes since the new one, which holds the same. */
    private Facts turn(Transaction transaction, SnapshotSource source, ChainWriting.Found found) {
        ChainLedger ledger = ChainLedger.of(transaction, source.snapshot());
        LayerId old = source.line().get(0);
        Optional<String> checkpoint = Optional.ofNullable(ledger.layers().get(old))
                .flatMap(BackupRecord::layer)
                .flatMap(BackupRecord.Layer::checkpoint);
        ledger.apply(new io.hvkit.storage.spi.chain.Step.Flatten(source.snapshot(), old, found.layer()));
        ChainWriting.write(
                ledger, ground, new ChainWriting.Found(found.layer(), checkpoint, found.size(), Optional.empty()));
        return Facts.of("layer", found.layer());
    }

    /** Lets go of the old layer unless somebody may be reading it; then the next one that tidies up does. */
    private void letGo(ChainKey chain, LayerId layer, LayerId old, Run run) throws InterruptedException {
        VolumeId writer = new VolumeId(layer.name());
        run.step(Step.recorded("let-go", transaction -> {
            ChainLedger ledger = ChainLedger.of(transaction, chain.id());
            boolean isQuiet = EndedReadings.isQuietBut(ledger, Optional.of(writer));
            if (isQuiet) {
                ledger.withoutVolume(writer);
                ChainWriting.write(ledger, ground);
            }
            return Facts.of("quiet", isQuiet);
        }));
        steps.run(run, chain, Optional.empty(), ledger -> ledger.planner().discard(old));
    }

    /** Nothing is left of a layer that was not written; the snapshot is read as before. */
    private void giveUp(Optional<Facts> begun, LayerId layer) throws InterruptedException {
        if (begun.isPresent()) {
            removal.carryOut(ChainKey.of(begun.get().text("chain")), Optional.empty(), ledger -> {
                ledger.withoutVolume(new VolumeId(layer.name()));
                return ledger.planner().discard(layer);
            });
        }
    }

    @Override
    public RecordId<SnapshotRecord> result(FlattenRequest request, Facts result) {
        return request.snapshot();
    }
}
