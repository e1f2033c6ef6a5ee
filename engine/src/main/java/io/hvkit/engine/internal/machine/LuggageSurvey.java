package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.TravellingDisk;
import io.hvkit.engine.internal.volume.TravellingDisk.Going;
import io.hvkit.engine.machine.MigrateRequest.Luggage;
import io.hvkit.engine.machine.MigrateRequest.OutOfReach;
import io.hvkit.engine.offering.DiskOffering;
import io.hvkit.engine.placement.PoolSelection;
import io.hvkit.engine.placement.VolumeQuery;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Which hosts can take a running machine, and into which pools the disks go that it takes along. Changes nothing. */
final class LuggageSurvey {

    private final MachineGround machines;
    private final Ground ground;

    LuggageSurvey(MachineGround machines) {
        this.machines = machines;
        this.ground = machines.ground();
    }

    /**
     * Returns the hosts that qualify as evidence; if disks go along, the best one that has pools for all of them, and those pools.
     *
     * @param current where the machine is
     */
    Facts survey(MigrateWork request, RecordId<HostRecord> current) throws InterruptedException {
        requireDisks(request);
        HostQuestion.Bounds bounds = new HostQuestion.Bounds(request.request().host(), Optional.of(current));
        MachineWork work = request.work();
        Luggage luggage = request.request().luggage();
        HostQuestion question = ground.catalog()
                .inTransaction(transaction ->
                        HostQuestion.of(transaction, work.require(transaction), work.disks(), bounds, luggage));
        HostSurvey.Found found = machines.survey().look(question);
        RecordId<HostRecord> unused = found.selection().orThrow();
        if (luggage.pools().isEmpty() && luggage.others() == OutOfReach.REFUSED) {
            return HostRoom.facts(found.rooms());
        }
        List<DriverException> refusals = new ArrayList<>();
        List<String> reasons = new ArrayList<>();
        for (HostRoom room : found.rooms()) {
            try {
                return MigrateWork.listed(HostRoom.facts(List.of(room)), pools(request, room.host()));
            } catch (DriverException e) {
                refusals.add(e);
                reasons.add(room.name() + ": " + e.getMessage());
            }
        }
        throw DriverException.because(refusals.get(0).failure())
                .effect(Effect.NOT_APPLIED)
                .causedBy(refusals.get(0))
                .message(
                        "no host has pools for the disks that machine %s takes along: %s",
                        work.name(), String.join("; ", reasons));
    }

    private static void requireDisks(MigrateWork request) {
        Set<RecordId<VolumeRecord>> strangers =
                new HashSet<>(request.request().luggage().pools().keySet());
        request.work().disks().forEach(strangers::remove);
        if (!strangers.isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "machine %s cannot take along %s, which is none of its disks %s",
                            request.work().name(), strangers, request.work().disks());
        }
    }

    /** Returns the pool of each disk that goes along to a host. */
    private Map<RecordId<VolumeRecord>, RecordId<PoolRecord>> pools(MigrateWork request, RecordId<HostRecord> host)
            throws InterruptedException {
        Map<RecordId<PoolRecord>, ByteSize> promised = new HashMap<>();
        Map<RecordId<VolumeRecord>, RecordId<PoolRecord>> pools = new LinkedHashMap<>();
        List<RecordId<VolumeRecord>> disks = request.work().disks();
        for (RecordId<VolumeRecord> disk : disks) { // what was asked for comes before what is chosen
            RecordId<PoolRecord> named = request.request().luggage().pools().get(disk);
            if (named != null) {
                fit(new Going(disk, named, host, disks.indexOf(disk)), promised);
                pools.put(disk, named);
            }
        }
        if (request.request().luggage().others() == OutOfReach.TAKEN_ALONG) {
            for (RecordId<VolumeRecord> disk : disks) {
                if (!pools.containsKey(disk) && !isInReach(disk, host)) {
                    pools.put(disk, chosen(disk, host, disks.indexOf(disk), promised));
                }
            }
        }
        return pools;
    }

    private void fit(Going going, Map<RecordId<PoolRecord>, ByteSize> promised) throws InterruptedException {
        ByteSize before = promised.getOrDefault(going.pool(), ByteSize.ZERO);
        ByteSize taken = TravellingDisk.fit(ground, going, before);
        promised.put(going.pool(), ByteSize.bytes(Math.addExact(before.bytes(), taken.bytes())));
    }

    /** Returns the best pool that can really have the disk; one of that host alone, if there is any, for a disk that one host alone had. */
    private RecordId<PoolRecord> chosen(
            RecordId<VolumeRecord> disk,
            RecordId<HostRecord> host,
            int number,
            Map<RecordId<PoolRecord>, ByteSize> promised)
            throws InterruptedException {
        VolumeQuery query = ground.catalog().inTransaction(transaction -> query(transaction, disk, host));
        PoolSelection any = machines.pools().select(query);
        List<PoolSelection.Choice> choices = new ArrayList<>(any.qualified());
        if (isLocal(disk)) {
            Set<RecordId<PoolRecord>> own = ground.catalog().inTransaction(transaction -> ofHost(transaction, host));
            choices.sort(Comparator.comparing(choice -> !own.contains(choice.pool()))); // else the order is as it was
        }
        List<DriverException> refusals = new ArrayList<>();
        for (PoolSelection.Choice choice : choices) {
            try {
                fit(new Going(disk, choice.pool(), host, number), promised);
                return choice.pool();
            } catch (DriverException e) {
                refusals.add(e);
            }
        }
        if (refusals.isEmpty()) {
            return any.orThrow(); // which says why there is none
        }
        throw refusals.get(0);
    }

    private static Set<RecordId<PoolRecord>> ofHost(Transaction transaction, RecordId<HostRecord> host) {
        return transaction.pools().where(PoolRecord.HOST, host).stream()
                .map(PoolRecord::id)
                .collect(Collectors.toSet());
    }

    private boolean isLocal(RecordId<VolumeRecord> disk) throws InterruptedException {
        return ground.catalog()
                .inTransaction(transaction -> transaction
                        .pools()
                        .require(transaction.volumes().require(disk).place().pool())
                        .reach()
                        .host()
                        .isPresent());
    }

    /** It stays as it is: no less protected, and where its offering may be. */
    private static VolumeQuery query(Transaction transaction, RecordId<VolumeRecord> disk, RecordId<HostRecord> host) {
        VolumeRecord volume = transaction.volumes().require(disk);
        HostRecord known = transaction.hosts().require(host);
        ClusterRecord cluster = transaction.clusters().require(known.cluster());
        ImageFormat format = volume.place().format() == ImageFormat.LUKS
                ? ImageFormat.RAW
                : volume.place().format();
        VolumeQuery query = VolumeQuery.of(volume.size(), PoolRecord.Reach.of(cluster, known))
                .as(format);
        if (volume.key().isPresent() || volume.place().encryption().isPresent()) {
            query = query.encrypted();
        }
        Optional<HoldingRecord> holding = transaction.holdings().find(HoldingRecord.idOf(Ground.object(disk)));
        if (holding.isPresent()) {
            query = query.forOwner(
                    transaction.accounts().require(holding.get().account()).path());
        }
        Optional<DiskOffering> offering = holding.flatMap(HoldingRecord::offering)
                .map(id -> DiskOffering.in(transaction.offerings().require(id)));
        for (String tag : offering.map(DiskOffering::tags).orElse(Set.of())) {
            query = query.tagged(tag);
        }
        return query;
    }

    private boolean isInReach(RecordId<VolumeRecord> disk, RecordId<HostRecord> host) throws InterruptedException {
        return ground.catalog().inTransaction(transaction -> {
            HostRecord known = transaction.hosts().require(host);
            PoolRecord pool = transaction
                    .pools()
                    .require(transaction.volumes().require(disk).place().pool());
            return RecordedHost.reaches(known, transaction.clusters().require(known.cluster()), pool);
        });
    }
}
