package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Encryption;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.catalog.spi.VolumeRecord.Second;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.storage.spi.VolumeEncryption;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Brings a volume to another pool. The other copy is made with a key of its own and filled; then the machine is switched, which is the point
 * of no return; then the record says so; and only then the old copy goes, and its key with it.
 */
public final class MoveProcedure implements Procedure<MoveRequest, VolumeRecord> {

    private final Ground ground;
    private final MovePlanning planning;

    /** Makes it. */
    public MoveProcedure(Ground ground) {
        this.ground = ground;
        this.planning = new MovePlanning(ground);
    }

    @Override
    public String kind() {
        return "volume.move";
    }

    @Override
    public Facts facts(MoveRequest request) {
        return Facts.of("volume", request.volume())
                .with("pool", request.pool())
                .with("format", request.format())
                .with("protection", request.protection());
    }

    @Override
    public MoveRequest request(Facts facts) {
        return new MoveRequest(
                new RecordId<>(facts.text("volume")),
                new RecordId<>(facts.text("pool")),
                facts.find("format").map(ImageFormat::valueOf),
                MoveRequest.Protection.valueOf(facts.text("protection")));
    }

    @Override
    public SortedSet<String> objects(MoveRequest request) {
        return new TreeSet<>(Set.of(Ground.object(request.volume())));
    }

    @Override
    public Facts run(MoveRequest request, Run run) throws InterruptedException {
        RecordId<VolumeRecord> id = request.volume();
        MovePlan plan = MovePlan.of(
                run.step(Step.of("plan", () -> planning.plan(request).facts())));
        NewCopy copy =
                new NewCopy(id, request.pool(), Ground.nameIn(request.pool(), id), plan.target(), key(plan, run));
        run.step(Step.recorded("mark", transaction -> mark(transaction, request, copy))
                .forgetting((transaction, evidence) -> unmark(transaction, id)));
        Facts made = run.step(Step.of("make", () -> copy.make(ground))
                .lookedForBy(() -> copy.find(ground))
                .undoneBy(evidence -> copy.remove(ground))
                .keeping((transaction, evidence) -> seen(transaction, id, plan, evidence)));
        if (plan.use().isPresent()) {
            HostId host = new HostId(plan.use().get().host().value());
            run.step(
                    Step.of("attach", () -> copy.attach(ground, host)).undoneBy(evidence -> copy.detach(ground, host)));
        }
        if (plan.isLive()) {
            live(new LiveCopy(ground, plan.use().orElseThrow(), copy), id, made, run);
        } else {
            offline(new OfflineCopy(ground, plan, copy), id, made, run);
        }
        OldCopy old =
                new OldCopy(id, plan.from().pool(), Optional.of(plan.from().id()));
        run.tidy(Step.of("remove", () -> {
                    old.remove(ground);
                    return Facts.of("pool", old.pool());
                })
                .keeping((transaction, evidence) -> OldCopy.forget(ground, transaction, id)));
        return Facts.of("volume", id);
    }

    /** The machine is switched first, and then the record says so. */
    private static void live(LiveCopy live, RecordId<VolumeRecord> id, Facts made, Run run)
            throws InterruptedException {
        run.step(Step.of("copy", () -> live.copy(run.progress()))
                .lookedForBy(live::endedEarly)
                .undoneBy(evidence -> live.stop()));
        run.step(Step.of("pivot", live::pivot).lookedForBy(live::endedLate).committing());
        run.step(Step.recorded("switch", transaction -> switchOver(transaction, id, made)));
    }

    /** No machine runs with it, so that what the record says is what counts. */
    private static void offline(OfflineCopy offline, RecordId<VolumeRecord> id, Facts made, Run run)
            throws InterruptedException {
        run.step(Step.of("lend", offline::lend).undoneBy(evidence -> offline.giveBack()));
        run.step(Step.of("copy", () -> offline.copy(run.progress())));
        run.step(Step.of("compare", () -> offline.compare(run.progress())));
        run.step(Step.of("close", offline::close));
        run.step(Step.recorded("switch", transaction -> switchOver(transaction, id, made))
                .committing());
    }

    /** The key is stored before anything is encrypted with it. */
    private Optional<RecordId<KeyRecord>> key(MovePlan plan, Run run) throws InterruptedException {
        if (plan.target().encryption() != VolumeEncryption.WITH_KEY) {
            return Optional.empty();
        }
        RecordId<KeyRecord> id = new RecordId<>(run.operation().value());
        run.step(Step.of("key", () -> Facts.of("key", ground.keys().create(id).id()))
                .undoneBy(evidence -> {})
                .forgetting((transaction, evidence) -> ground.keys().release(transaction, id)));
        return Optional.of(id);
    }

    private static Facts mark(Transaction transaction, MoveRequest request, NewCopy copy) {
        VolumeRecord volume = Ground.requireReady(transaction, request.volume());
        Place place = new Place(copy.pool(), copy.format(), Optional.empty(), Optional.empty());
        transaction
                .volumes()
                .update(volume.beside(Optional.of(new Second(Second.Role.INCOMING, place, copy.key())))
                        .in(VolumeRecord.State.MOVING));
        return Facts.of("volume", request.volume());
    }

    private static void unmark(Transaction transaction, RecordId<VolumeRecord> id) {
        transaction
                .volumes()
                .find(id)
                .ifPresent(volume -> transaction
                        .volumes()
                        .update(volume.beside(Optional.empty()).in(VolumeRecord.State.READY)));
    }

    private void seen(Transaction transaction, RecordId<VolumeRecord> id, MovePlan plan, Facts evidence) {
        VolumeRecord volume = transaction.volumes().require(id);
        Second incoming = volume.second().orElseThrow();
        ImageFormat format = ImageFormat.valueOf(evidence.text("format"));
        VolumeEncryption encryption = plan.target().encryption();
        Optional<Encryption> proved = encryption == VolumeEncryption.NONE
                ? Optional.empty()
                : Optional.of(
                        new Encryption(CreateProcedure.formatOf(encryption, format), evidence.text("attestation")));
        ExternalId external = new ExternalId(
                evidence.text("type"),
                "volume",
                evidence.text("id"),
                ground.clock().instant());
        Place place = new Place(incoming.place().pool(), format, Optional.of(external), proved);
        transaction
                .volumes()
                .update(volume.beside(Optional.of(new Second(Second.Role.INCOMING, place, incoming.key()))));
    }

    /** The two copies change places: from here on the new one counts, and the old one and its key are kept until it is removed. */
    private static Facts switchOver(Transaction transaction, RecordId<VolumeRecord> id, Facts made) {
        VolumeRecord volume = transaction.volumes().require(id);
        Second incoming = volume.second().orElseThrow();
        Second outgoing = new Second(Second.Role.OUTGOING, volume.place(), volume.key());
        transaction
                .volumes()
                .update(volume.at(incoming.place())
                        .openedWith(incoming.key())
                        .beside(Optional.of(outgoing))
                        .of(ByteSize.bytes(Long.parseLong(made.text("size"))))
                        .in(VolumeRecord.State.READY));
        return Facts.of("volume", id);
    }

    @Override
    public VolumeRecord result(MoveRequest request, Facts result) throws InterruptedException {
        return ground.volume(request.volume());
    }
}
