package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.placement.PoolRoom;
import io.hvkit.engine.placement.PlacedVolumeRequest;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.engine.placement.VolumeQuery.Sharing;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Makes a volume in the pool that answers a question best. Its record is kept first, without a key, in a transaction that looks whether the room
 * that was seen is there still; from then on it counts for whoever chooses, and the volume is made as any other is. Who finds the room taken chooses
 * again.
 */
public final class PlaceProcedure implements Procedure<PlacedVolumeRequest, VolumeRecord> {

    /** Finds pools for volumes, by what operators say of them. */
    public interface Pools {
        /**
         * Chooses the best one.
         *
         * @throws DriverException if none qualifies, naming what speaks against each
         */
        RecordId<PoolRecord> choose(VolumeQuery query) throws InterruptedException;

        /** Asks a pool for its room; nothing if it qualifies no more. */
        Optional<PoolRoom> room(VolumeQuery query, RecordId<PoolRecord> pool) throws InterruptedException;
    }

    /** Each time somebody else was quicker, and has got a volume of it. */
    private static final int MOST_TRIES = 100;

    private static final String POOL = "pool";

    private final Ground ground;
    private final Pools pools;
    private final CreateProcedure create;

    /** Makes it. */
    public PlaceProcedure(Ground ground, Pools pools) {
        this.ground = ground;
        this.pools = pools;
        this.create = new CreateProcedure(ground);
    }

    @Override
    public String kind() {
        return "volume.place";
    }

    @Override
    public Facts facts(PlacedVolumeRequest request) {
        VolumeQuery query = request.query();
        Facts facts = Facts.of("name", request.name())
                .with("size", query.size().bytes())
                .with("zone", query.within().zone())
                .with("cluster", query.within().cluster())
                .with("host", query.within().host())
                .with("format", query.format())
                .with("protection", query.protection())
                .with("sharing", query.sharing())
                .with("for", query.owner())
                .with("owner", request.owner().map(Account::path))
                .with("offering", request.offering());
        facts = listed(facts, "tag", new TreeSet<>(query.tags()));
        facts = listed(facts, "preferred", texts(query.preferred()));
        return listed(facts, "excluded", new TreeSet<>(texts(query.excluded())));
    }

    @Override
    public PlacedVolumeRequest request(Facts facts) {
        Reach within = new Reach(
                new RecordId<>(facts.text("zone")),
                facts.find("cluster").map(RecordId::new),
                facts.find("host").map(RecordId::new));
        VolumeQuery query = new VolumeQuery(
                ByteSize.bytes(Long.parseLong(facts.text("size"))),
                within,
                ImageFormat.valueOf(facts.text("format")),
                Protection.valueOf(facts.text("protection")),
                Sharing.valueOf(facts.text("sharing")),
                Set.copyOf(list(facts, "tag")),
                pools(facts, "preferred"),
                pools(facts, "excluded"),
                facts.find("for"));
        return new PlacedVolumeRequest(
                facts.text("name"),
                query,
                facts.find("owner").map(Account::of),
                facts.find("offering").map(RecordId::new));
    }

    private static List<String> texts(Collection<RecordId<PoolRecord>> ids) {
        return ids.stream().map(RecordId::value).toList();
    }

    private static Set<RecordId<PoolRecord>> pools(Facts facts, String name) {
        Set<RecordId<PoolRecord>> ids = new LinkedHashSet<>();
        list(facts, name).forEach(id -> ids.add(new RecordId<>(id)));
        return ids;
    }

    private static Facts listed(Facts facts, String name, Collection<String> texts) {
        Facts all = facts;
        int i = 0;
        for (String text : texts) {
            all = all.with(name + "." + i, text);
            i++;
        }
        return all;
    }

    private static List<String> list(Facts facts, String name) {
        List<String> texts = new ArrayList<>();
        for (Optional<String> next = facts.find(name + ".0");
                next.isPresent();
                next = facts.find(name + "." + texts.size())) {
            texts.add(next.get());
        }
        return texts;
    }

    /** Nobody knows the volume yet, and its name is guarded by the catalog. */
    @Override
    public SortedSet<String> objects(PlacedVolumeRequest request) {
        return new TreeSet<>();
    }

    @Override
    public Facts run(PlacedVolumeRequest request, Run run) throws InterruptedException {
        RecordId<VolumeRecord> id = new RecordId<>(run.operation().value());
        Facts reserved = run.step(Step.of("reserve", () -> reserve(request, id))
                .lookedForBy(() -> reserved(id))
                .undoneBy(evidence -> {})
                .forgetting((transaction, evidence) ->
                        transaction.volumes().find(id).ifPresent(transaction.volumes()::delete)));
        return create.run(request.in(new RecordId<>(reserved.text(POOL))), run);
    }

    private Optional<Facts> reserved(RecordId<VolumeRecord> id) throws InterruptedException {
        return ground.catalog()
                .inTransaction(transaction -> transaction.volumes().find(id))
                .map(volume -> Facts.of(POOL, volume.place().pool()));
    }

    private Facts reserve(PlacedVolumeRequest request, RecordId<VolumeRecord> id) throws InterruptedException {
        Optional<Facts> before = reserved(id);
        if (before.isPresent()) {
            return before.get();
        }
        for (int i = 0; i < MOST_TRIES; i++) {
            RecordId<PoolRecord> best = pools.choose(request.query());
            Optional<PoolRoom> room = pools.room(request.query(), best);
            if (room.isPresent()
                    && ground.catalog().inTransaction(transaction -> take(transaction, request, id, room.get()))) {
                return Facts.of(POOL, best);
            }
        }
        throw DriverException.because(Failure.EXHAUSTED)
                .effect(Effect.NOT_APPLIED)
                .message(
                        "others took the room for volume %s %d times after it was seen; ask again",
                        request.name(), MOST_TRIES);
    }

    /** Until it is made, the volume counts as large as its pool says that it will be. */
    private boolean take(
            Transaction transaction, PlacedVolumeRequest request, RecordId<VolumeRecord> id, PoolRoom room) {
        if (!room.isLeft(transaction)) {
            return false;
        }
        transaction
                .volumes()
                .insert(new VolumeRecord(
                        id,
                        0,
                        request.name(),
                        VolumeRecord.State.CREATING,
                        Place.first(room.pool(), request.query().format()),
                        room.taken(),
                        Optional.empty(),
                        Optional.empty(),
                        ground.clock().instant()));
        return true;
    }

    @Override
    public VolumeRecord result(PlacedVolumeRequest request, Facts result) throws InterruptedException {
        return ground.volume(new RecordId<>(result.text("volume")));
    }
}
