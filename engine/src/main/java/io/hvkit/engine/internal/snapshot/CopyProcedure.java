package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.UnfilledCopy;
import io.hvkit.storage.spi.chain.ChainLimit;
import io.hvkit.storage.spi.chain.Layer;
import io.hvkit.storage.spi.chain.LayerId;
import java.util.Optional;
import java.util.SortedSet;

/**
 * Copies a snapshot to another store: from the best copy that can be read, in full, as hosts copy whole disks; under a key of its own. The
 * snapshot is not deleted meanwhile, so what is read stays.
 */
public final class CopyProcedure implements Procedure<CopyRequest, RecordId<SnapshotRecord>> {

    private static final ChainLimit FULL = new ChainLimit(1);
    private static final String IN_FULL = "hosts copy snapshots in full";

    private final Ground ground;
    private final LayerFiles files;
    private final LayerRemoval removal;

    /** Makes it. */
    public CopyProcedure(Ground ground) {
        this.ground = ground;
        this.files = new LayerFiles(ground);
        this.removal = new LayerRemoval(ground);
    }

    @Override
    public String kind() {
        return CopyLook.SINGLE;
    }

    @Override
    public Facts facts(CopyRequest request) {
        return CopyLook.facts(request);
    }

    @Override
    public CopyRequest request(Facts facts) {
        return CopyLook.request(facts);
    }

    @Override
    public SortedSet<String> objects(CopyRequest request) {
        return CopyLook.objects(request);
    }

    @Override
    public Facts run(CopyRequest request, Run run) throws InterruptedException {
        CopyLook look = new CopyLook(ground, request);
        SnapshotId id = look.id();
        Facts plan = run.step(Step.of(
                "look", () -> look.look(ledger -> ledger.planner().copy(id, look.to(), FULL))));
        if (CopyLook.isThere(plan)) {
            return Facts.of("snapshot", request.snapshot());
        }
        Optional<RecordId<KeyRecord>> key = key(plan, run);
        Facts begun =
                run.step(Step.recorded("begin", transaction -> begin(transaction, look, plan, key, run.operation()))
                        .undoneBy(evidence -> giveUp(evidence, id, request)));
        look.requireAlone(begun);
        if (begun.find("layer").isEmpty()) {
            return Facts.of("snapshot", request.snapshot()); // it shares one that was there
        }
        LayerId layer = new LayerId(new PoolId(request.store().value()), begun.text("layer"));
        ByteSize size = ByteSize.bytes(Long.parseLong(begun.text("size")));
        run.step(Step.of("make", () -> files.make(layer, size, key)));
        SnapshotSource source = SnapshotSource.of(begun);
        ByteSize counted = fill(source, layer, size, key, run);
        ChainWriting.Found found = ChainWriting.Found.copied(layer, counted);
        run.step(Step.recorded("publish", transaction -> publish(transaction, source, found))
                .committing());
        return Facts.of("snapshot", request.snapshot());
    }

    /** The key is stored before anything is encrypted with it. */
    private Optional<RecordId<KeyRecord>> key(Facts plan, Run run) throws InterruptedException {
        if (CopyLook.secrecy(plan) == TakePlan.Secrecy.PLAIN) {
            return Optional.empty();
        }
        RecordId<KeyRecord> id = new RecordId<>(run.operation().value());
        run.step(Step.of("key", () -> Facts.of("key", ground.keys().create(id).id()))
                .undoneBy(evidence -> {})
                .forgetting((transaction, evidence) -> ground.keys().release(transaction, id)));
        return Optional.of(id);
    }

    /** From now on the layer is known, and the snapshot is not deleted. */
    private Facts begin(
            Transaction transaction,
            CopyLook look,
            Facts plan,
            Optional<RecordId<KeyRecord>> key,
            RecordId<OperationRecord> own) {
        SnapshotId id = look.id();
        ChainLedger ledger = look.ledger(transaction, plan);
        Optional<Facts> other = look.inTheWay(ledger, own);
        if (other.isPresent()) {
            return other.get();
        }
        DeadCopies.giveUp(ledger, own);
        SnapshotRecord record = Optional.ofNullable(ledger.snapshots().get(id))
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND).message("there is no snapshot %s", id));
        Optional<io.hvkit.storage.spi.chain.Step> work =
                ledger.advance(ledger.planner().copy(id, look.to(), FULL));
        ByteSize size = record.chained().orElseThrow().size();
        ChainWriting.write(
                ledger,
                ground,
                new ChainWriting.Fresh(record.name(), size, ground.clock().instant(), key, IN_FULL));
        if (work.isEmpty()) {
            key.ifPresent(unneeded -> ground.keys().release(transaction, unneeded));
            return Facts.of("shared", id);
        }
        if (!(work.get() instanceof io.hvkit.storage.spi.chain.Step.Copy copy)) {
            throw DriverException.because(Failure.IN_USE)
                    .effect(Effect.NOT_APPLIED)
                    .message("a copy of %s that cannot be read is in the way; tidy up the snapshots of its volume", id);
        }
        return SnapshotSource.facts(ledger, id, ledger.line(copy.from()), CopyLook.secrecy(plan))
                .with("layer", copy.layer().name());
    }

    private ByteSize fill(
            SnapshotSource source, LayerId layer, ByteSize size, Optional<RecordId<KeyRecord>> key, Run run)
            throws InterruptedException {
        RecordId<HostRecord> host = new RecordId<>(run.step(
                        Step.of("worker", () -> source.worker(ground, LayerFiles.poolOf(layer), "to another store")))
                .text("host"));
        SnapshotCopy copy = new SnapshotCopy(
                ground,
                source,
                () -> new UnfilledCopy(
                        LayerFiles.poolOf(layer), files.require(layer).id(), ImageFormat.QCOW2, key),
                host);
        run.step(Step.of("lend", copy::lend).undoneBy(evidence -> copy.giveBack()));
        run.step(Step.of("copy", () -> copy.copy(run.progress())));
        run.step(Step.of("compare", () -> copy.compare(run.progress())));
        Facts closed = run.step(Step.of(
                "close",
                () -> copy.close().with("counted", files.counted(layer, host).bytes())));
        return TakeProcedure.counted(closed).orElse(size);
    }

    private Facts publish(Transaction transaction, SnapshotSource source, ChainWriting.Found found) {
        SnapshotId id = source.snapshot();
        LayerId layer = found.layer();
        ChainLedger ledger = ChainLedger.of(transaction, id);
        Optional<LayerId> parent = ledger.graph().layer(layer).flatMap(Layer::parent);
        ledger.apply(new io.hvkit.storage.spi.chain.Step.Copy(id, source.now(ledger), layer, parent));
        ChainWriting.write(ledger, ground, found);
        return Facts.of("snapshot", id);
    }

    /** Nothing is left of a copy that was not made; the snapshot and its other copies stay. */
    private void giveUp(Optional<Facts> begun, SnapshotId id, CopyRequest request) throws InterruptedException {
        if (begun.flatMap(known -> known.find("layer")).isPresent()) {
            ChainKey chain = ChainKey.of(begun.map(known -> known.text("chain")).orElseThrow());
            PoolId store = new PoolId(request.store().value());
            removal.carryOut(chain, Optional.of(id), ledger -> ledger.planner().abandonCopy(id, store));
        }
    }

    @Override
    public RecordId<SnapshotRecord> result(CopyRequest request, Facts result) {
        return request.snapshot();
    }
}
