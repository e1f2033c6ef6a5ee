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
import io.hvkit.core.ImageFormat;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.CreateProcedure;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.UnfilledCopy;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Makes a volume of a snapshot. What it is made of is read from the first step on, and so stays, whatever becomes of the snapshot; the
 * volume is made as any other is, and may be used once it holds all and was compared.
 */
public final class RestoreProcedure implements Procedure<RestoreRequest, VolumeRecord> {

    private final Ground ground;
    private final CreateProcedure create;

    /** Makes it. */
    public RestoreProcedure(Ground ground) {
        this.ground = ground;
        this.create = CreateProcedure.ofUnfilled(ground);
    }

    @Override
    public String kind() {
        return "snapshot.restore";
    }

    @Override
    public Facts facts(RestoreRequest request) {
        return Facts.of("snapshot", request.snapshot())
                .with("name", request.name())
                .with("pool", request.pool())
                .with("format", request.format())
                .with("protection", request.protection())
                .with("owner", request.owner().map(Account::path))
                .with("offering", request.offering());
    }

    @Override
    public RestoreRequest request(Facts facts) {
        return new RestoreRequest(
                new RecordId<>(facts.text("snapshot")),
                facts.text("name"),
                new RecordId<>(facts.text("pool")),
                ImageFormat.valueOf(facts.text("format")),
                Protection.valueOf(facts.text("protection")),
                facts.find("owner").map(Account::of),
                facts.find("offering").map(RecordId::new));
    }

    /** Nobody knows the volume yet; and the snapshot may be deleted meanwhile. */
    @Override
    public SortedSet<String> objects(RestoreRequest request) {
        return new TreeSet<>();
    }

    @Override
    public Facts run(RestoreRequest request, Run run) throws InterruptedException {
        RecordId<VolumeRecord> id = new RecordId<>(run.operation().value());
        VolumeId target = new VolumeId(id.value());
        SnapshotId snapshot = ChainLedger.idOf(request.snapshot());
        Facts seen = StoreLook.by(ground, run, snapshot);
        SnapshotSource.Target made = new SnapshotSource.Target(target, request.pool());
        Facts begun = run.step(Step.recorded("source", transaction -> begin(transaction, request, made, seen))
                .forgetting((transaction, evidence) -> SnapshotSource.release(ground, transaction, evidence, target)));
        SnapshotSource source = SnapshotSource.of(begun);
        Facts unused = create.run(wanted(request, begun), run);
        RecordId<HostRecord> host =
                new RecordId<>(run.step(Step.of("worker", () -> source.worker(ground, request.pool(), "to a volume")))
                        .text("host"));
        SnapshotCopy copy = new SnapshotCopy(ground, source, () -> UnfilledCopy.of(ground.volume(id)), host);
        run.step(Step.of("lend", copy::lend).undoneBy(evidence -> copy.giveBack()));
        run.step(Step.of("copy", () -> copy.copy(run.progress())));
        run.step(Step.of("compare", () -> copy.compare(run.progress())));
        run.step(Step.of("close", copy::close));
        run.step(Step.recorded("ready", transaction -> ready(transaction, id, source, begun))
                .committing());
        return Facts.of("volume", id);
    }

    private static VolumeRequest wanted(RestoreRequest request, Facts begun) {
        ByteSize size = ByteSize.bytes(Long.parseLong(begun.text("size")));
        VolumeRequest plain =
                VolumeRequest.blank(request.name(), size, request.pool()).as(request.format());
        VolumeRequest wanted = request.protection() == Protection.ENCRYPTED ? plain.encrypted() : plain;
        VolumeRequest offered = request.offering().map(wanted::by).orElse(wanted);
        return request.owner().map(offered::ownedBy).orElse(offered);
    }

    private Facts begin(Transaction transaction, RestoreRequest request, SnapshotSource.Target target, Facts seen) {
        SnapshotId id = ChainLedger.idOf(request.snapshot());
        Facts begun = SnapshotSource.begin(ground, transaction, id, target, seen);
        if (SnapshotSource.of(begun).isEncrypted() && request.protection() == Protection.PLAIN) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message("snapshot %s is encrypted, and would lie in the clear; say encrypted()", id);
        }
        return begun;
    }

    private Facts ready(Transaction transaction, RecordId<VolumeRecord> id, SnapshotSource source, Facts begun) {
        VolumeRecord volume = transaction.volumes().require(id);
        ground.settle(transaction, transaction.volumes().update(volume.in(VolumeRecord.State.READY)));
        SnapshotSource.release(ground, transaction, Optional.of(begun), new VolumeId(id.value()));
        return Facts.of("volume", id).with("layers", source.line().size());
    }

    @Override
    public VolumeRecord result(RestoreRequest request, Facts result) throws InterruptedException {
        return ground.volume(new RecordId<>(result.text("volume")));
    }
}
