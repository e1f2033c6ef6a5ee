package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.storage.spi.Adoption;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Looks where a volume is whose storage may have moved it by itself, and follows it: the pool in which it lies takes it over, and its record
 * says so. A volume that is used goes on being used.
 */
public final class FollowProcedure implements Procedure<RecordId<VolumeRecord>, VolumeRecord> {

    private static final String VOLUME = "volume";
    private static final String POOL = "pool";

    private final Ground ground;

    /** Makes it. */
    public FollowProcedure(Ground ground) {
        this.ground = ground;
    }

    @Override
    public String kind() {
        return "volume.follow";
    }

    @Override
    public Facts facts(RecordId<VolumeRecord> volume) {
        return Facts.of(VOLUME, volume);
    }

    @Override
    public RecordId<VolumeRecord> request(Facts facts) {
        return new RecordId<>(facts.text(VOLUME));
    }

    @Override
    public SortedSet<String> objects(RecordId<VolumeRecord> volume) {
        return new TreeSet<>(Set.of(Ground.object(volume)));
    }

    @Override
    public Facts run(RecordId<VolumeRecord> id, Run run) throws InterruptedException {
        Facts seen = run.step(Step.of("look", () -> look(id))
                .keeping((transaction, evidence) -> Ground.keepDiskUuid(transaction, id, evidence)));
        Optional<RecordId<PoolRecord>> target = seen.find(POOL).map(RecordId::new);
        if (target.isEmpty()) {
            return facts(id);
        }
        VolumeId external = new VolumeId(seen.text("id"));
        run.step(Step.of("adopt", () -> adopt(external, new RecordId<>(seen.text("from")), target.get()))
                .lookedForBy(() -> adopted(external, target.get()))
                .keeping((transaction, evidence) -> settle(transaction, id, target.get(), evidence))
                .committing());
        return facts(id);
    }

    private Facts look(RecordId<VolumeRecord> id) throws InterruptedException {
        VolumeRecord volume = ground.catalog().inTransaction(transaction -> Ground.requireReady(transaction, id));
        StoragePool pool = ground.pool(volume.place().pool());
        Volume found = pool.find(Ground.external(volume))
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "pool %s has no volume %s any more, which is volume %s; its record stays, look where it is",
                                volume.place().pool(), Ground.external(volume), volume.name()));
        Facts evidence = Ground.evidence(found).with("from", volume.place().pool());
        return found.liesIn().isEmpty()
                ? evidence
                : evidence.with("lies", found.liesIn().get())
                        .with(POOL, pool(volume, found.liesIn().get(), pool));
    }

    /** Where it lies may be no pool of ours, or one that takes nothing over: it stays one of the pool that finds it, then. */
    private Optional<RecordId<PoolRecord>> pool(VolumeRecord volume, String identity, StoragePool from)
            throws InterruptedException {
        for (PoolRecord known : ground.catalog()
                .inTransaction(transaction -> transaction.pools().where(PoolRecord.IDENTITY, identity))) {
            boolean isOfKind =
                    known.type().equals(from.type().id()) || known.membership().isPresent();
            if (isOfKind
                    && !known.id().equals(volume.place().pool())
                    && ground.connections().pool(known).adoption().isPresent()) {
                return Optional.of(known.id());
            }
        }
        return Optional.empty();
    }

    private Facts adopt(VolumeId external, RecordId<PoolRecord> from, RecordId<PoolRecord> to)
            throws InterruptedException {
        StoragePool target = ground.pool(to);
        Adoption adoption = target.adoption()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .effect(Effect.NOT_APPLIED)
                        .message("pool %s takes no volumes over any more, and was about to take %s", to, external));
        return evidence(adoption.adopt(external, ground.pool(from)), target);
    }

    private Optional<Facts> adopted(VolumeId external, RecordId<PoolRecord> to) throws InterruptedException {
        StoragePool target = ground.pool(to);
        return target.find(external).map(volume -> evidence(volume, target));
    }

    private static Facts evidence(Volume volume, StoragePool pool) {
        return Ground.evidence(volume).with("type", pool.type().id());
    }

    /** It keeps the name that it has there, and so the one that machines know it by. */
    private void settle(Transaction transaction, RecordId<VolumeRecord> id, RecordId<PoolRecord> to, Facts evidence) {
        VolumeRecord volume = transaction.volumes().require(id);
        ExternalId external = new ExternalId(
                evidence.text("type"),
                VOLUME,
                evidence.text("id"),
                ground.clock().instant());
        Place there = volume.place().broughtTo(to);
        VolumeRecord unused = transaction
                .volumes()
                .update(volume.at(
                        there.seen(there.format(), external, there.encryption()).carrying(Ground.diskUuid(evidence))));
    }

    @Override
    public VolumeRecord result(RecordId<VolumeRecord> volume, Facts result) throws InterruptedException {
        return ground.volume(volume);
    }
}
