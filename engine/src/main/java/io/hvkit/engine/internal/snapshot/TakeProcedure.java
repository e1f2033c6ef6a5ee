package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.SnapshotRecord.Consistency;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.snapshot.SnapshotRequest;
import io.hvkit.hypervisor.spi.BackupJob;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.storage.spi.chain.ChainLimit;
import io.hvkit.storage.spi.chain.ChangeTracking;
import io.hvkit.storage.spi.chain.Layer;
import io.hvkit.storage.spi.chain.LayerId;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Takes a snapshot: the key of its layer is stored first; then it has a place in the chain, and what the layer is to stand on is read by it
 * and stays; then the layer is made and written, by the hypervisor under a machine that runs, or else by a host; and only then it is whole,
 * and counts.
 */
public final class TakeProcedure implements Procedure<TakeRequest, RecordId<SnapshotRecord>> {

    private final Ground ground;
    private final LayerFiles files;
    private final LayerRemoval removal;
    private final RunningBackup.Turn turn;

    /** Makes it. */
    public TakeProcedure(Ground ground) {
        this(ground, RunningBackup.Turn.NOW);
    }

    TakeProcedure(Ground ground, RunningBackup.Turn turn) {
        this.ground = ground;
        this.turn = turn;
        this.files = new LayerFiles(ground);
        this.removal = new LayerRemoval(ground);
    }

    @Override
    public String kind() {
        return "snapshot.take";
    }

    @Override
    public Facts facts(TakeRequest request) {
        return Facts.of("volume", request.volume())
                .with("name", request.wanted().name())
                .with("store", request.wanted().store())
                .with("limit", request.wanted().limit().map(ChainLimit::layers));
    }

    @Override
    public TakeRequest request(Facts facts) {
        Optional<ChainLimit> limit = facts.find("limit").map(Integer::parseInt).map(ChainLimit::new);
        return new TakeRequest(
                new RecordId<>(facts.text("volume")),
                new SnapshotRequest(facts.text("name"), new RecordId<>(facts.text("store")), limit));
    }

    /** The volume stays where it is meanwhile. Its other snapshots may be deleted. */
    @Override
    public SortedSet<String> objects(TakeRequest request) {
        return new TreeSet<>(Set.of(Ground.object(request.volume())));
    }

    @Override
    public Facts run(TakeRequest request, Run run) throws InterruptedException {
        SnapshotId id = new SnapshotId(run.operation().value());
        ChainKey chain = ChainKey.of(request.volume());
        TakePlan plan = TakePlan.of(run.step(Step.of(
                "look",
                () -> new TakeLook(ground)
                        .plan(request.volume(), request.wanted())
                        .facts())));
        PoolId store = new PoolId(request.wanted().store().value());
        ChangeTracking tracking = tracking(request.volume(), plan, store, run);
        Optional<RecordId<KeyRecord>> key = key(plan, run);
        TakePlace place = new TakePlace(ground, id, request, key);
        Facts begun = run.step(Step.recorded("begin", transaction -> place.take(transaction, plan.knowing(tracking)))
                .undoneBy(evidence -> giveUp(chain, id, evidence, plan)));
        if (begun.find("layer").isEmpty()) { // it shares that of the one that holds the same
            run.step(Step.recorded("publish", transaction -> publishShared(transaction, id, plan))
                    .committing());
            return begun.with("snapshot", id);
        }
        LayerId layer = new LayerId(store, begun.text("layer"));
        UnchangedTake unchanged = new UnchangedTake(ground, id);
        run.step(Step.of("make", () -> files.make(layer, plan.size(), key)));
        Facts written = plan.running().isPresent()
                ? running(running(plan, layer, key, begun), run)
                : new RestingTake(ground, request.volume(), plan, place).fill(TakePlace.line(begun), run);
        Facts returned = run.step(Step.of("return", () -> {
            Facts seen = unchanged.look(Facts.of("layer", layer), TakePlace.line(begun), plan);
            ByteSize counted = files.counted(layer, plan.host());
            files.detach(layer, new HostId(plan.host().value()));
            return seen.with("counted", counted.bytes());
        }));
        ByteSize counted = counted(returned).orElse(plan.size());
        ChainWriting.Found found = new ChainWriting.Found(
                layer, written.find("checkpoint"), Optional.of(counted), Optional.of(consistency(plan, written)));
        Facts published = run.step(Step.recorded("publish", transaction -> publish(transaction, id, found, returned))
                .committing());
        if (plan.running().isPresent()) {
            run.tidy(Step.of("forget", () -> running(plan, layer, key, begun).forgetOthersThan(needed(chain))));
        }
        if (published.find("shared").isPresent()) {
            new RemovalSteps(ground).run(run, chain, Optional.of(id), place::leave);
        }
        return begun.with("snapshot", id);
    }

    /** Who goes on with a backup that another process began may not know. */
    private static Consistency consistency(TakePlan plan, Facts written) {
        if (plan.running().isEmpty()) {
            return Consistency.AT_REST;
        }
        BackupJob.Consistency seen =
                written.find("consistency").map(BackupJob.Consistency::valueOf).orElse(BackupJob.Consistency.UNKNOWN);
        return switch (seen) {
            case QUIESCED -> Consistency.FILE_SYSTEM_CONSISTENT;
            case POWER_CUT -> Consistency.CRASH_CONSISTENT;
            case UNKNOWN -> Consistency.UNKNOWN;
        };
    }

    private ChangeTracking tracking(RecordId<VolumeRecord> volume, TakePlan plan, PoolId store, Run run)
            throws InterruptedException {
        return plan.running().isPresent()
                ? plan.tracking()
                : new RestingChanges(ground, volume, plan).since(store, run);
    }

    private RunningBackup running(TakePlan plan, LayerId layer, Optional<RecordId<KeyRecord>> key, Facts begun) {
        return new RunningBackup(ground, plan, layer, key, begun.find("since").map(CheckpointId::new), turn);
    }

    private static Facts running(RunningBackup backup, Run run) throws InterruptedException {
        return run.step(Step.of("write", () -> backup.write(run.progress())).undoneBy(evidence -> backup.stop()));
    }

    /** The key is stored before anything is encrypted with it. */
    private Optional<RecordId<KeyRecord>> key(TakePlan plan, Run run) throws InterruptedException {
        if (plan.secrecy() == TakePlan.Secrecy.PLAIN) {
            return Optional.empty();
        }
        RecordId<KeyRecord> id = new RecordId<>(run.operation().value());
        run.step(Step.of("key", () -> Facts.of("key", ground.keys().create(id).id()))
                .undoneBy(evidence -> {})
                .forgetting((transaction, evidence) -> ground.keys().release(transaction, id)));
        return Optional.of(id);
    }

    /** Evidence of an older version has none. */
    static Optional<ByteSize> counted(Facts evidence) {
        return evidence.find("counted").map(Long::parseLong).map(ByteSize::bytes);
    }

    private Facts publish(Transaction transaction, SnapshotId id, ChainWriting.Found found, Facts returned) {
        ChainLedger ledger = ChainLedger.of(transaction, id);
        LayerId layer = found.layer();
        Optional<LayerId> shared = UnchangedTake.shared(ledger, layer, returned);
        if (shared.isPresent()) {
            return new UnchangedTake(ground, id)
                    .publish(
                            ledger,
                            shared.get(),
                            found.checkpoint(),
                            found.consistency().orElseThrow());
        }
        Optional<LayerId> parent = ledger.graph().layer(layer).flatMap(Layer::parent);
        PoolId pool = ledger.graph().snapshot(id).orElseThrow().takenIn();
        ledger.apply(new io.hvkit.storage.spi.chain.Step.BackUp(id, pool, layer, parent));
        ledger.apply(new io.hvkit.storage.spi.chain.Step.Publish(id));
        ChainWriting.write(ledger, ground, found);
        return Facts.of("snapshot", id);
    }

    private Facts publishShared(Transaction transaction, SnapshotId id, TakePlan plan) {
        ChainLedger ledger = ChainLedger.of(transaction, id);
        ledger.apply(new io.hvkit.storage.spi.chain.Step.Publish(id));
        ChainWriting.write(ledger, ground);
        if (plan.running().isEmpty()) { // of a guest nobody asked what its file systems are like
            SnapshotRecord whole = transaction.snapshots().require(new RecordId<>(id.value()));
            transaction
                    .snapshots()
                    .update(whole.chained(whole.chained().orElseThrow().being(Consistency.AT_REST)));
        }
        return Facts.of("snapshot", id);
    }

    /** Returns the checkpoints on which a layer can follow: those of the newest one in each store. */
    private Set<String> needed(ChainKey chain) throws InterruptedException {
        return ground.catalog().inTransaction(transaction -> {
            ChainLedger ledger = ChainLedger.of(transaction, chain.id());
            Set<String> needed = new HashSet<>();
            ledger.layers().keySet().stream()
                    .map(LayerId::store)
                    .distinct()
                    .forEach(store -> ledger.checkpointOfNewest(store).ifPresent(needed::add));
            return needed;
        });
    }

    /** Nothing is left of a snapshot that was not taken: not its layer, not its record. */
    private void giveUp(ChainKey chain, SnapshotId id, Optional<Facts> begun, TakePlan plan)
            throws InterruptedException {
        Optional<LayerId> layer = begun.filter(known -> known.find("layer").isPresent())
                .map(known -> new LayerId(new PoolId(known.text("store")), known.text("layer")));
        if (layer.isPresent()) {
            files.detach(layer.get(), new HostId(plan.host().value()));
        }
        removal.carryOut(chain, Optional.of(id), ledger -> ledger.planner().abandon(id));
        removal.carryOut(chain, Optional.of(id), ledger -> ledger.planner().delete(id));
    }

    @Override
    public RecordId<SnapshotRecord> result(TakeRequest request, Facts result) {
        return new RecordId<>(result.text("snapshot"));
    }
}
