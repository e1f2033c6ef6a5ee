package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Encryption;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.catalog.spi.VolumeRecord.Second;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.storage.spi.VolumeEncryption;
import io.hvkit.storage.spi.VolumeLimits;
import java.util.Optional;

/**
 * The steps by which another copy of a volume takes the place of the one that there is. The other copy is made with a key of its own and
 * filled; then the machine is switched, which is the point of no return; then the record says so; and only then the old copy goes, and its
 * key with it.
 */
final class CopySteps {

    private final Ground ground;
    private final MovePlanning planning;

    CopySteps(Ground ground) {
        this.ground = ground;
        this.planning = new MovePlanning(ground);
    }

    /** Returns what there is to say of it once the other copy counts. */
    Facts run(WantedCopy wanted, Run run) throws InterruptedException {
        RecordId<VolumeRecord> id = wanted.volume();
        Facts planned = run.step(Step.of("plan", () -> planning.facts(wanted)));
        Optional<ArrayMove> array = ArrayMove.of(ground, id, planned);
        if (array.isPresent()) {
            return array.get().run(run);
        }
        MovePlan plan = MovePlan.of(planned);
        RecordId<PoolRecord> pool = wanted.poolFrom(plan.from().pool());
        String name = Ground.nameIn(pool, id, plan.target().number());
        NewCopy copy = new NewCopy(id, pool, name, plan.target(), key(plan, run));
        run.step(Step.recorded("mark", transaction -> mark(transaction, copy))
                .forgetting((transaction, evidence) -> unmark(transaction, id)));
        Facts made = run.step(Step.of("make", () -> copy.make(ground))
                .lookedForBy(() -> copy.find(ground))
                .undoneBy(evidence -> copy.remove(ground))
                .keeping((transaction, evidence) -> seen(transaction, id, plan, evidence)));
        Facts whole = copy.withHeader(ground, plan, made, run);
        if (!plan.limits().equals(VolumeLimits.none())) {
            run.step(Step.of("limit", () -> copy.limit(ground, plan.limits())));
        }
        if (plan.use().isPresent()) {
            HostId host = new HostId(plan.use().get().host().value());
            run.step(
                    Step.of("attach", () -> copy.attach(ground, host)).undoneBy(evidence -> copy.detach(ground, host)));
        }
        if (plan.isLive()) {
            live(new LiveCopy(ground, plan.use().orElseThrow(), copy, wanted.bandwidth()), id, whole, run);
        } else {
            offline(new OfflineCopy(ground, plan, copy, wanted.bandwidth()), id, whole, run);
        }
        OldCopy old = new OldCopy(
                id,
                plan.from().pool(),
                plan.from().home(),
                plan.from().number(),
                Optional.of(plan.from().id()));
        run.tidy(Step.of("remove", () -> {
                    old.remove(ground);
                    return Facts.of("pool", old.pool());
                })
                .keeping((transaction, evidence) -> OldCopy.forget(ground, transaction, id)));
        return Facts.of("volume", id);
    }

    /** The machine is switched first, and then the record says so. */
    private void live(LiveCopy live, RecordId<VolumeRecord> id, Facts whole, Run run) throws InterruptedException {
        run.step(Step.of("copy", () -> live.copy(run.progress()))
                .lookedForBy(live::endedEarly)
                .undoneBy(evidence -> live.stop()));
        run.step(Step.of("pivot", live::pivot).lookedForBy(live::endedLate).committing());
        run.step(Step.recorded("switch", transaction -> switchOver(ground, transaction, id, whole)));
    }

    /** No machine runs with it, so that what the record says is what counts. */
    private void offline(OfflineCopy offline, RecordId<VolumeRecord> id, Facts whole, Run run)
            throws InterruptedException {
        run.step(Step.of("lend", offline::lend).undoneBy(evidence -> offline.giveBack()));
        run.step(Step.of("copy", () -> offline.copy(run.progress())));
        run.step(Step.of("compare", () -> offline.compare(run.progress())));
        run.step(Step.of("close", offline::close));
        run.step(Step.recorded("switch", transaction -> switchOver(ground, transaction, id, whole))
                .committing());
    }

    /** The key is stored before anything is encrypted with it. */
    Optional<RecordId<KeyRecord>> key(MovePlan plan, Run run) throws InterruptedException {
        if (plan.target().encryption() != VolumeEncryption.WITH_KEY) {
            return Optional.empty();
        }
        RecordId<KeyRecord> id = new RecordId<>(run.operation().value());
        run.step(Step.of("key", () -> Facts.of("key", ground.keys().create(id).id()))
                .undoneBy(evidence -> {})
                .forgetting((transaction, evidence) -> ground.keys().release(transaction, id)));
        return Optional.of(id);
    }

    static Facts mark(Transaction transaction, NewCopy copy) {
        VolumeRecord volume = Ground.requireReady(transaction, copy.volume());
        Place place =
                Place.first(copy.pool(), copy.format()).ofCopy(copy.target().number());
        transaction
                .volumes()
                .update(volume.beside(Optional.of(new Second(Second.Role.INCOMING, place, copy.key())))
                        .in(VolumeRecord.State.MOVING));
        return Facts.of("volume", copy.volume());
    }

    static void unmark(Transaction transaction, RecordId<VolumeRecord> id) {
        transaction
                .volumes()
                .find(id)
                .ifPresent(volume -> transaction
                        .volumes()
                        .update(volume.beside(Optional.empty()).in(VolumeRecord.State.READY)));
    }

    void seen(Transaction transaction, RecordId<VolumeRecord> id, MovePlan plan, Facts evidence) {
        VolumeRecord volume = transaction.volumes().require(id);
        Second incoming = volume.second().orElseThrow();
        ImageFormat format = ImageFormat.valueOf(evidence.text("format"));
        VolumeEncryption encryption = plan.target().encryption();
        Optional<Encryption> proved = encryption == VolumeEncryption.NONE
                ? Optional.empty()
                : Optional.of(new Encryption(
                        CreateProcedure.formatOf(encryption, format),
                        evidence.find("attestation").orElse("its header is not written yet")));
        ExternalId external = new ExternalId(
                evidence.text("type"),
                "volume",
                evidence.text("id"),
                ground.clock().instant());
        Place place = incoming.place().seen(format, external, proved).carrying(Ground.diskUuid(evidence));
        transaction
                .volumes()
                .update(volume.beside(Optional.of(new Second(Second.Role.INCOMING, place, incoming.key()))));
    }

    /** The two copies change places: from here on the new one counts, and the old one and its key are kept until it is removed. */
    static Facts switchOver(Ground ground, Transaction transaction, RecordId<VolumeRecord> id, Facts whole) {
        VolumeRecord volume = transaction.volumes().require(id);
        Second incoming = volume.second().orElseThrow();
        Optional<Encryption> proved = incoming.place()
                .encryption()
                .map(encryption -> new Encryption(encryption.format(), whole.text("attestation")));
        Second outgoing = new Second(Second.Role.OUTGOING, volume.place(), volume.key());
        ground.settle(
                transaction,
                transaction
                        .volumes()
                        .update(volume.at(incoming.place().encrypted(proved))
                                .openedWith(incoming.key())
                                .beside(Optional.of(outgoing))
                                .of(ByteSize.bytes(Long.parseLong(whole.text("size"))))
                                .in(VolumeRecord.State.READY)));
        return Facts.of("volume", id);
    }
}
