package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.RevertSteps;
import io.hvkit.engine.internal.volume.UnfilledCopy;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Brings a volume back to what a snapshot of it holds, in a copy of its own that takes the place of the one that there is. */
public final class RevertProcedure implements Procedure<RevertRequest, VolumeRecord> {

    private final Ground ground;
    private final RevertSteps steps;

    /** Makes it. */
    public RevertProcedure(Ground ground) {
        this.ground = ground;
        this.steps = new RevertSteps(ground);
    }

    @Override
    public String kind() {
        return "snapshot.revert";
    }

    @Override
    public Facts facts(RevertRequest request) {
        return Facts.of("volume", request.volume()).with("snapshot", request.snapshot());
    }

    @Override
    public RevertRequest request(Facts facts) {
        return new RevertRequest(new RecordId<>(facts.text("volume")), new RecordId<>(facts.text("snapshot")));
    }

    @Override
    public SortedSet<String> objects(RevertRequest request) {
        return new TreeSet<>(Set.of(Ground.object(request.volume())));
    }

    @Override
    public Facts run(RevertRequest request, Run run) throws InterruptedException {
        VolumeId reader = new VolumeId(run.operation().value());
        SnapshotId snapshot = ChainLedger.idOf(request.snapshot());
        Facts seen = StoreLook.by(ground, run, snapshot);
        Facts begun = run.step(Step.recorded("source", transaction -> begin(transaction, request, reader, seen))
                .forgetting((transaction, evidence) -> SnapshotSource.release(ground, transaction, evidence, reader)));
        Facts unused = steps.run(request.volume(), new Before(ground, SnapshotSource.of(begun), size(begun)), run);
        run.step(Step.recorded("release", transaction -> {
            SnapshotSource.release(ground, transaction, Optional.of(begun), reader);
            return Facts.of("volume", request.volume());
        }));
        return Facts.of("volume", request.volume());
    }

    private static ByteSize size(Facts begun) {
        return ByteSize.bytes(Long.parseLong(begun.text("size")));
    }

    /** Looks for a copy that can be used, wherever the volume is now; and begins to read it. */
    private Facts begin(Transaction transaction, RevertRequest request, VolumeId reader, Facts seen) {
        SnapshotId id = ChainLedger.idOf(request.snapshot());
        ChainLedger ledger = ChainLedger.of(transaction, id);
        boolean isOurs = ledger.graph()
                .snapshot(id)
                .map(LogicalSnapshot::volume)
                .filter(new VolumeId(request.volume().value())::equals)
                .isPresent();
        if (!isOurs) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "snapshot %s is none of volume %s; make a new volume of it",
                            request.snapshot(), request.volume());
        }
        VolumeRecord volume = Ground.requireReady(transaction, request.volume());
        ledger.planner().revertSources(id).requireBest();
        SnapshotSource.Target target =
                new SnapshotSource.Target(reader, volume.place().pool());
        return SnapshotSource.begin(ground, transaction, id, target, seen);
    }

    /** A snapshot as what a volume held before. */
    private record Before(Ground ground, SnapshotSource snapshot, ByteSize size) implements RevertSteps.Source {

        @Override
        public PoolId store() {
            return snapshot.store();
        }

        @Override
        public MoveRequest.Protection protection() {
            return snapshot.isEncrypted() ? MoveRequest.Protection.ENCRYPTED : MoveRequest.Protection.KEPT;
        }

        private SnapshotCopy by(RecordId<HostRecord> host, UnfilledCopy.Look target) {
            return new SnapshotCopy(ground, snapshot, target, host);
        }

        @Override
        public Facts lend(RecordId<HostRecord> host, UnfilledCopy.Look target) throws InterruptedException {
            return by(host, target).lend();
        }

        @Override
        public Facts copy(RecordId<HostRecord> host, UnfilledCopy.Look target, ProgressListener listener)
                throws InterruptedException {
            return by(host, target).copy(listener);
        }

        @Override
        public Facts compare(RecordId<HostRecord> host, UnfilledCopy.Look target, ProgressListener listener)
                throws InterruptedException {
            return by(host, target).compare(listener);
        }

        @Override
        public void giveBack(RecordId<HostRecord> host, UnfilledCopy.Look target) throws InterruptedException {
            by(host, target).giveBack();
        }
    }

    @Override
    public VolumeRecord result(RevertRequest request, Facts result) throws InterruptedException {
        return ground.volume(request.volume());
    }
}
