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
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.setting.SettingStore;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.StandardSettings;
import io.hvkit.storage.spi.chain.ChainGraph;
import io.hvkit.storage.spi.chain.ChainLimit;
import io.hvkit.storage.spi.chain.ChainPlan;
import io.hvkit.storage.spi.chain.Layer;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.Reason;
import io.hvkit.storage.spi.chain.Replica;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.stream.Stream;

/**
 * Copies a snapshot's chain to another store, the oldest snapshot first: each layer as it is, encrypted as it is, under the key that it has,
 * where what it stands on was copied too; in full otherwise. A copy counts once it was compared. Those that are whole stay, whatever becomes
 * of the rest: whoever asks again gets the rest.
 */
public final class CopyChainProcedure implements Procedure<CopyRequest, RecordId<SnapshotRecord>> {

    private static final ChainLimit FULL = new ChainLimit(1);
    private static final String BELOW_IS_GONE =
            "what the copied layer stands on is kept for others alone, and not copied";

    private final Ground ground;
    private final LayerFiles files;
    private final LayerRemoval removal;

    /** Makes it. */
    public CopyChainProcedure(Ground ground) {
        this.ground = ground;
        this.files = new LayerFiles(ground);
        this.removal = new LayerRemoval(ground);
    }

    @Override
    public String kind() {
        return CopyLook.CHAIN;
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
        Facts seen = run.step(Step.of(
                "look",
                () -> look.look(ledger ->
                        ledger.planner().copyChain(look.id(), look.to(), limit(ledger.transaction(), request)))));
        Optional<Facts> begun = CopyLook.isThere(seen) ? Optional.empty() : begin(1, look, seen, run);
        for (int number = 1; begun.isPresent(); number++) {
            if (begun.get().find("layer").isPresent()) {
                copy(number, look, begun.get(), run);
            }
            begun = begin(number + 1, look, seen, run);
        }
        return Facts.of("snapshot", request.snapshot());
    }

    /** Begins the next copy, from which on its layer is known and its snapshot is not deleted; there is none if all are there. */
    private Optional<Facts> begin(int number, CopyLook look, Facts seen, Run run) throws InterruptedException {
        Facts begun = run.step(
                Step.recorded("begin-" + number, transaction -> begin(transaction, look, seen, run.operation()))
                        .undoneBy(evidence -> giveUp(evidence, look.to())));
        look.requireAlone(begun);
        return begun.find("snapshot").isPresent() ? Optional.of(begun) : Optional.empty();
    }

    private Facts begin(Transaction transaction, CopyLook look, Facts seen, RecordId<OperationRecord> own) {
        ChainLedger ledger = look.ledger(transaction, seen);
        Optional<Facts> other = look.inTheWay(ledger, own);
        if (other.isPresent()) {
            return other.get();
        }
        DeadCopies.giveUp(ledger, own);
        ChainLimit limit = limit(transaction, look.request());
        Optional<SnapshotId> next = next(ledger.planner().copyChain(look.id(), look.to(), limit));
        if (next.isEmpty()) {
            return Facts.NONE;
        }
        SnapshotId id = next.get();
        ChainPlan plan = ledger.planner().copy(id, look.to(), limit);
        boolean isAsItIs = copies(plan).allMatch(copy -> standsOnCopy(ledger.graph(), copy));
        ChainPlan chosen = isAsItIs ? plan : ledger.planner().copy(id, look.to(), FULL);
        Optional<io.hvkit.storage.spi.chain.Step> work = ledger.advance(chosen);
        if (work.isEmpty()) {
            ChainWriting.write(ledger, ground);
            return Facts.of("snapshot", id); // it shares one that is there
        }
        if (!(work.get() instanceof io.hvkit.storage.spi.chain.Step.Copy copy)) {
            throw DriverException.because(Failure.IN_USE)
                    .effect(Effect.NOT_APPLIED)
                    .message("a copy of %s that cannot be read is in the way; tidy up the snapshots of its volume", id);
        }
        write(ledger, id, copy, because(plan, isAsItIs));
        List<LayerId> line = ledger.line(copy.from());
        return LayerCopy.facts(
                SnapshotSource.facts(ledger, id, line, secrecy(transaction, line)),
                ledger.line(copy.layer()),
                isAsItIs ? LayerCopy.Way.AS_IT_IS : LayerCopy.Way.IN_FULL);
    }

    private static ChainLimit limit(Transaction transaction, CopyRequest request) {
        return SettingStore.value(transaction, StandardSettings.SNAPSHOT_DELTA_MAX, SettingScope.pool(request.store()));
    }

    private static Stream<io.hvkit.storage.spi.chain.Step.Copy> copies(ChainPlan plan) {
        return plan.steps().stream()
                .filter(io.hvkit.storage.spi.chain.Step.Copy.class::isInstance)
                .map(io.hvkit.storage.spi.chain.Step.Copy.class::cast);
    }

    /** Returns the first snapshot of which something is to be done. */
    private static Optional<SnapshotId> next(ChainPlan plan) {
        for (io.hvkit.storage.spi.chain.Step step : plan.steps()) {
            if (step instanceof io.hvkit.storage.spi.chain.Step.Copy copy) {
                return Optional.of(copy.snapshot());
            }
            if (step instanceof io.hvkit.storage.spi.chain.Step.Share share) {
                return Optional.of(share.snapshot());
            }
        }
        return Optional.empty();
    }

    /** Returns whether a layer is to stand on a copy of the very one that its source stands on, or both on nothing. */
    private static boolean standsOnCopy(ChainGraph graph, io.hvkit.storage.spi.chain.Step.Copy copy) {
        Optional<LayerId> below = graph.layer(copy.from()).flatMap(Layer::parent);
        return below.isEmpty()
                ? copy.parent().isEmpty()
                : copy.parent()
                        .filter(parent -> graph.snapshotsOn(below.get()).stream()
                                .flatMap(id -> graph.snapshot(id).stream())
                                .flatMap(other -> other.replicaIn(parent.store()).stream())
                                .map(Replica::layer)
                                .anyMatch(parent::equals))
                        .isPresent();
    }

    private static String because(ChainPlan plan, boolean isAsItIs) {
        List<Reason> reasons = plan.reasons();
        boolean isMerged =
                !isAsItIs && copies(plan).anyMatch(copy -> copy.parent().isPresent());
        return isMerged || reasons.isEmpty()
                ? BELOW_IS_GONE
                : reasons.get(reasons.size() - 1).toString();
    }

    private static TakePlan.Secrecy secrecy(Transaction transaction, List<LayerId> line) {
        return LayerFiles.isEncrypted(transaction, line) ? TakePlan.Secrecy.ENCRYPTED : TakePlan.Secrecy.PLAIN;
    }

    /** The copy needs the key of what it is copied from: from now on that stays as long as either is there. */
    private void write(ChainLedger ledger, SnapshotId id, io.hvkit.storage.spi.chain.Step.Copy copy, String because) {
        SnapshotRecord record = Optional.ofNullable(ledger.snapshots().get(id)).orElseThrow();
        ChainWriting.write(
                ledger,
                ground,
                new ChainWriting.Fresh(
                        record.name(),
                        record.chained().orElseThrow().size(),
                        ground.clock().instant(),
                        LayerFiles.keyOf(ledger.transaction(), copy.from()),
                        because));
    }

    private void copy(int number, CopyLook look, Facts begun, Run run) throws InterruptedException {
        LayerId layer = new LayerId(look.to(), begun.text("layer"));
        ByteSize size = ByteSize.bytes(Long.parseLong(begun.text("size")));
        SnapshotSource source = SnapshotSource.of(begun);
        run.step(Step.of("make-" + number, () -> files.make(layer, size, key(layer))));
        RecordId<HostRecord> host = new RecordId<>(run.step(Step.of(
                        "worker-" + number, () -> source.worker(ground, LayerFiles.poolOf(layer), "to another store")))
                .text("host"));
        LayerCopy copy = new LayerCopy(ground, begun, look.to(), host);
        run.step(Step.of("lend-" + number, copy::lend).undoneBy(evidence -> {
            if (!isWhole(source.snapshot(), look.to())) {
                copy.giveBack();
            }
        }));
        run.step(Step.of("copy-" + number, () -> copy.copy(run.progress())));
        run.step(Step.of("compare-" + number, () -> copy.compare(run.progress())));
        Facts closed = run.step(Step.of("close-" + number, () -> copy.close(host)));
        ChainWriting.Found found =
                ChainWriting.Found.copied(layer, TakeProcedure.counted(closed).orElse(size));
        run.step(Step.recorded("publish-" + number, transaction -> publish(transaction, source, found)));
    }

    private Optional<RecordId<KeyRecord>> key(LayerId layer) throws InterruptedException {
        return ground.catalog().inTransaction(transaction -> LayerFiles.keyOf(transaction, layer));
    }

    private Facts publish(Transaction transaction, SnapshotSource source, ChainWriting.Found found) {
        ChainLedger ledger = ChainLedger.of(transaction, source.snapshot());
        Optional<LayerId> parent = ledger.graph().layer(found.layer()).flatMap(Layer::parent);
        ledger.apply(
                new io.hvkit.storage.spi.chain.Step.Copy(source.snapshot(), source.now(ledger), found.layer(), parent));
        ChainWriting.write(ledger, ground, found);
        return Facts.of("snapshot", source.snapshot());
    }

    private boolean isWhole(SnapshotId id, PoolId to) throws InterruptedException {
        return ground.catalog()
                .inTransaction(transaction -> ChainLedger.find(transaction, id)
                        .flatMap(ledger -> ledger.graph().snapshot(id))
                        .flatMap(snapshot -> snapshot.replicaIn(to))
                        .filter(replica -> replica.state() == Replica.State.READY)
                        .isPresent());
    }

    /** Nothing is left of a copy that did not become whole. */
    private void giveUp(Optional<Facts> begun, PoolId to) throws InterruptedException {
        Optional<Facts> layer = begun.filter(known -> known.find("layer").isPresent());
        if (layer.isPresent()) {
            SnapshotId id = new SnapshotId(layer.get().text("snapshot"));
            if (!isWhole(id, to)) {
                removal.carryOut(
                        ChainKey.of(layer.get().text("chain")),
                        Optional.of(id),
                        ledger -> ledger.planner().abandonCopy(id, to));
            }
        }
    }

    @Override
    public RecordId<SnapshotRecord> result(CopyRequest request, Facts result) {
        return request.snapshot();
    }
}
