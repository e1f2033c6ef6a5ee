package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.usage.Measures;
import io.hvkit.engine.offering.DiskOffering;
import io.hvkit.engine.offering.Offerings;
import io.hvkit.engine.placement.VolumeQuery.Sharing;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.PoolTrait;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeEncryption;
import io.hvkit.storage.spi.VolumeLimits;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** For whom a new volume counts, and by which offering it is had. */
final class VolumeTerms {

    /** What a plan says where the volume gets limits. */
    static final String LIMITED = "limited";

    private static final String PLANNED = "planned";

    /** A pool that must fit an offering: what is to be there, and what to do if it does not. */
    private record Wanted(RecordId<PoolRecord> pool, String what, String wayOut) {}

    private final Ground ground;

    VolumeTerms(Ground ground) {
        this.ground = ground;
    }

    /** Returns a plan with what counts, once the pool was found to keep to the offering. */
    Facts plan(VolumeRequest request, StoragePool pool, VolumeEncryption encryption, Facts plan)
            throws InterruptedException {
        Facts whole = isLimited(request, pool) ? plan.with(LIMITED, true) : plan;
        return request.owner().isEmpty()
                ? whole
                : whole.with(PLANNED, planned(request, pool, encryption).bytes());
    }

    /** Counts a volume as large as it was planned, in the transaction that keeps its record. */
    void reserve(Transaction transaction, VolumeRequest request, RecordId<VolumeRecord> id, Facts plan) {
        request.owner().ifPresent(owner -> {
            request.offering().map(transaction.offerings()::require).ifPresent(Offerings::requireOffered);
            ByteSize planned = ByteSize.bytes(Long.parseLong(plan.text(PLANNED)));
            ground.ledger(transaction).reserve(Ground.object(id), owner, request.offering(), Measures.volume(planned));
        });
    }

    /** Gives a volume the limits of its offering. */
    Facts limit(VolumeRequest request, Facts made) throws InterruptedException {
        DiskOffering offering = offering(request).orElseThrow();
        VolumeLimits holds = ground.pool(request.pool())
                .limits()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .message("pool %s limits no volumes any more", request.pool()))
                .set(new VolumeId(made.text("id")), offering.limits());
        return Facts.of(LIMITED, holds);
    }

    private Optional<DiskOffering> offering(VolumeRequest request) throws InterruptedException {
        if (request.offering().isEmpty()) {
            return Optional.empty();
        }
        RecordId<OfferingRecord> id = request.offering().get();
        return Optional.of(DiskOffering.in(ground.catalog()
                .inTransaction(transaction -> transaction.offerings().require(id))));
    }

    /** Who asks by an offering asks for what it has, and the pool can do what it says. */
    private boolean isLimited(VolumeRequest request, StoragePool pool) throws InterruptedException {
        Optional<DiskOffering> offering = offering(request);
        if (offering.isEmpty()) {
            return false;
        }
        offering.get().require(request);
        requireFits(offering.get(), request, pool);
        boolean limited = !offering.get().limits().equals(VolumeLimits.none());
        if (limited && pool.limits().isEmpty()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "offering %s limits its volumes, and pool %s limits none; choose another one of them",
                            offering.get().name(), pool.id());
        }
        return limited;
    }

    /** A pool that is named must be one that {@link DiskOffering#query} would find. */
    private void requireFits(DiskOffering offering, VolumeRequest request, StoragePool pool)
            throws InterruptedException {
        requireFits(
                offering,
                pool,
                new Wanted(
                        request.pool(),
                        "in which volume " + request.name() + " is to be",
                        "choose another pool or offering"));
    }

    /** A volume whose terms change is where it is, and that must be a pool that {@link DiskOffering#query} would find. */
    void requireFits(DiskOffering offering, VolumeRecord volume, StoragePool pool) throws InterruptedException {
        requireFits(
                offering,
                pool,
                new Wanted(
                        volume.place().pool(),
                        "in which volume " + volume.name() + " is",
                        "move the volume to such a pool first or choose another offering"));
    }

    private void requireFits(DiskOffering offering, StoragePool pool, Wanted wanted) throws InterruptedException {
        PoolRecord record = ground.catalog()
                .inTransaction(transaction -> transaction.pools().require(wanted.pool));
        boolean isLocal = record.reach().host().isPresent() || pool.type().has(PoolTrait.LOCAL);
        if (offering.sharing() == (isLocal ? Sharing.SHARED : Sharing.LOCAL)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "offering %s has volumes in pools that %s, and pool %s, %s, is not one; %s",
                            offering.name(),
                            isLocal ? "several hosts reach" : "one host alone reaches",
                            record.name(),
                            wanted.what,
                            wanted.wayOut);
        }
        Set<String> tags = offering.tags().isEmpty() ? Set.of() : ground.tags().of(record);
        if (!tags.containsAll(offering.tags())) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "offering %s has volumes in pools tagged %s, and pool %s, %s, is tagged %s; %s, or tag the pool",
                            offering.name(),
                            new TreeSet<>(offering.tags()),
                            record.name(),
                            wanted.what,
                            new TreeSet<>(tags),
                            wanted.wayOut);
        }
    }

    /** What it is to count for before it is made: the pool may make it larger than it is asked for. */
    private static ByteSize planned(VolumeRequest request, StoragePool pool, VolumeEncryption encryption)
            throws InterruptedException {
        CreateVolume wanted = CreateVolume.blank(Ground.nameIn(request.pool(), RecordId.random(), 0), request.size())
                .as(request.format());
        return planned(pool, wanted, encryption);
    }

    /** What a volume is to count for before it grows: the pool may make it larger than it is asked for. */
    static ByteSize planned(StoragePool pool, VolumeRecord volume, ByteSize size) throws InterruptedException {
        CreateVolume wanted = CreateVolume.blank(Ground.nameAt(volume.place(), volume.id()), size)
                .as(volume.place().format());
        VolumeEncryption byStorage =
                volume.place().encryption().isPresent() ? VolumeEncryption.BY_STORAGE : VolumeEncryption.NONE;
        return planned(pool, wanted, volume.key().isPresent() ? VolumeEncryption.WITH_KEY : byStorage);
    }

    private static ByteSize planned(StoragePool pool, CreateVolume wanted, VolumeEncryption encryption)
            throws InterruptedException {
        try (Secret stranger = Secret.random()) {
            CreateVolume laidOut = switch (encryption) {
                case NONE -> wanted;
                case WITH_KEY -> wanted.encryptedBy(stranger);
                case BY_STORAGE -> wanted.encryptedByStorage();
            };
            return pool.plan(laidOut).size();
        }
    }
}
