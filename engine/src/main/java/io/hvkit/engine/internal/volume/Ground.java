package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.core.Attachment;
import io.hvkit.core.DiskUuid;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.cluster.PoolTags;
import io.hvkit.engine.internal.inventory.Connections;
import io.hvkit.engine.internal.inventory.StorageHosts;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.internal.usage.Ledger;
import io.hvkit.engine.internal.usage.Measures;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.Scope;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * What the procedures on volumes stand on.
 *
 * @param catalog what is known
 * @param connections the hosts and pools
 * @param storageHosts the hosts that run storage jobs
 * @param keys the keys of volumes
 * @param turns whose turn it is to ask about a machine
 * @param tags the tags that pools have
 * @param clock what time it is
 */
public record Ground(
        Catalog catalog,
        Connections connections,
        StorageHosts storageHosts,
        KeyVault keys,
        MachineTurns turns,
        PoolTags tags,
        InstantSource clock) {

    private static final String KIND = "volume";
    private static final String DISK_UUID = "uuid";
    private static final int NAME_BYTES = 12;

    /** Returns the object that an operation on a volume works on. */
    public static String object(RecordId<VolumeRecord> volume) {
        return Measures.thing(volume);
    }

    /**
     * Returns what a copy of a volume is called in a pool, and as a disk: a name that every pool can keep, that no other volume has, and that
     * is another one in each pool and for each copy there, so that a machine can tell two copies apart. What pools have is called so, so it
     * stays the same for all time.
     *
     * @param copy which of the volume's copies in that pool it is
     */
    public static String nameIn(RecordId<PoolRecord> pool, RecordId<VolumeRecord> volume, int copy) {
        String whole = pool + " " + volume + (copy == 0 ? "" : " " + copy);
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(whole.getBytes(StandardCharsets.US_ASCII));
            return "hvkit-" + HexFormat.of().formatHex(digest, 0, NAME_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Returns what the copy of a volume at a place is called there, and as a disk. */
    public static String nameAt(Place place, RecordId<VolumeRecord> volume) {
        return nameIn(place.home(), volume, place.copy());
    }

    /** Returns the ledger of who has what, within a transaction. */
    public Ledger ledger(Transaction transaction) {
        return Ledger.in(transaction, clock.instant());
    }

    /** Counts a volume as large as its record says. */
    public void settle(Transaction transaction, VolumeRecord volume) {
        ledger(transaction).settle(object(volume.id()), Measures.volume(volume.size()));
    }

    /** Returns a volume's record. */
    public VolumeRecord volume(RecordId<VolumeRecord> id) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.volumes().require(id));
    }

    /** Returns the connection to a pool. */
    public StoragePool pool(RecordId<PoolRecord> id) throws InterruptedException {
        return connections.pool(
                catalog.inTransaction(transaction -> transaction.pools().require(id)));
    }

    /** Returns the connection to a host. */
    public Hypervisor host(RecordId<HostRecord> id) throws InterruptedException {
        HostRecord host =
                catalog.inTransaction(transaction -> transaction.hosts().require(id));
        String type = catalog.inTransaction(
                transaction -> transaction.clusters().require(host.cluster()).hypervisorType());
        return connections.host(host, type);
    }

    /**
     * Asks for a host for work on a volume's bytes that no running machine uses: one that reaches its pool; and if the volume is attached, the
     * host it is attached to, since its pool lets no other one to it meanwhile.
     */
    public EndPointQuery workOn(VolumeRecord volume) throws InterruptedException {
        return catalog.inTransaction(transaction -> {
            PoolRecord pool = transaction.pools().require(volume.place().pool());
            Scope scope = uses(transaction, volume.id()).stream()
                    .findAny()
                    .map(use -> Scope.host(new HostId(use.host().value())))
                    .orElseGet(() -> Scope.zone(pool.reach().zone().value()));
            return EndPointQuery.anyIn(scope).reaching(pool.poolId());
        });
    }

    /**
     * Chooses a host for work on bytes. Another time it may be another one: so this is a step, whose evidence is the host.
     *
     * @param what what it is for, for people
     * @throws DriverException with {@code HOST_NOT_READY} or {@code EXHAUSTED} if none qualifies, naming what speaks against each
     */
    public RecordId<HostRecord> choose(EndPointQuery query, String what) throws InterruptedException {
        return storageHosts.choose(query, what);
    }

    /** Asks for a host for work on the bytes of a new volume, which nobody has yet: one that reaches its pool. */
    public EndPointQuery workIn(RecordId<PoolRecord> pool) throws InterruptedException {
        PoolRecord known =
                catalog.inTransaction(transaction -> transaction.pools().require(pool));
        Scope scope = Scope.zone(known.reach().zone().value());
        return EndPointQuery.anyIn(scope).reaching(known.poolId());
    }

    /** Returns the devices of volumes on hosts. */
    public HostDevices devices() {
        return HostDevices.seenBy(
                host -> findEndPoint(new RecordId<HostRecord>(host.value())).flatMap(EndPoint::deviceAccess));
    }

    /** Returns the end point of a host, if it runs storage jobs. */
    private Optional<EndPoint> findEndPoint(RecordId<HostRecord> host) throws InterruptedException {
        return storageHosts.find(
                catalog.inTransaction(transaction -> transaction.hosts().require(host)));
    }

    /** Returns the end point of a host. */
    public EndPoint endPoint(RecordId<HostRecord> host) throws InterruptedException {
        return storageHosts.of(
                catalog.inTransaction(transaction -> transaction.hosts().require(host)));
    }

    /**
     * Looks that no machine runs with a volume, whose bytes are its hypervisor's alone otherwise, and that none has an overlay over it, which
     * holds what was written last. One that has it and does not run is no obstacle.
     *
     * @param wayOut what to do if one runs with it
     * @throws DriverException with {@code IN_USE}, naming the machine; or as its host fails, if that cannot tell
     */
    public void requireAtRest(VolumeRecord volume, String wayOut) throws InterruptedException {
        for (AttachmentRecord use : catalog.inTransaction(transaction -> uses(transaction, volume.id()))) {
            Hypervisor host = host(use.host());
            if (Disks.isRunning(host, use.machine())) {
                throw DriverException.because(Failure.IN_USE)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "volume %s (%s) is used by machine %s, which runs on host %s; %s",
                                volume.name(), volume.id(), use.machine(), use.host(), wayOut);
            }
            Disks.requireNotFrozen(
                    host,
                    use.machine(),
                    Disks.id(volume),
                    () -> placeOn(volume, new HostId(use.host().value())));
        }
    }

    /**
     * Looks that a machine that runs has a volume itself, and no overlay over it.
     *
     * @throws DriverException with {@code IN_USE}, naming the overlay; or as the host fails, if that cannot tell
     */
    void requireAlone(VolumeRecord volume, MachineId machine, RecordId<HostRecord> host) throws InterruptedException {
        Disks.requireNotFrozen(host(host), machine, Disks.id(volume), () -> placeOn(volume, new HostId(host.value())));
    }

    /** Returns where a host has a volume, or would have it; what the pool knows of its uses is the same afterwards. */
    Attachment placeOn(VolumeRecord volume, HostId host) throws InterruptedException {
        StoragePool pool = pool(volume.place().pool());
        VolumeId id = external(volume);
        VolumeUse use = VolumeUse.by(host);
        boolean isKnown = pool.uses(id).contains(use);
        Attachment place = pool.attach(id, use);
        if (!isKnown) {
            pool.detach(id, host, use.reason());
        }
        return place;
    }

    /** Returns the uses of a volume by machines. */
    public static List<AttachmentRecord> uses(Transaction transaction, RecordId<VolumeRecord> volume) {
        return transaction.attachments().where(AttachmentRecord.VOLUME, volume);
    }

    /**
     * Returns a volume that may be worked on: it is all that its machine has, if it is the disk of one.
     *
     * @throws DriverException with {@code IN_USE} if it is not {@code READY}, or an overlay lies over it
     */
    public static VolumeRecord requireReady(Transaction transaction, RecordId<VolumeRecord> id) {
        VolumeRecord volume = requireReadyBelow(transaction, id);
        Overlays.requireNone(transaction, id);
        return volume;
    }

    /**
     * Returns a volume that may be a machine's disk, whatever lies over it there.
     *
     * @throws DriverException with {@code IN_USE} if it is not {@code READY}
     */
    public static VolumeRecord requireReadyBelow(Transaction transaction, RecordId<VolumeRecord> id) {
        VolumeRecord volume = transaction.volumes().require(id);
        if (volume.state() != VolumeRecord.State.READY) {
            throw DriverException.because(Failure.IN_USE)
                    .message("volume %s (%s) is %s, and must be READY for this", volume.name(), id, volume.state());
        }
        return volume;
    }

    /** Returns the id by which a volume's pool knows it. */
    public static VolumeId external(VolumeRecord volume) {
        return new VolumeId(volume.place()
                .externalId()
                .map(ExternalId::value)
                .orElseThrow(() -> DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("volume %s was never seen in its pool", volume.id())));
    }

    /** Returns the evidence that a pool has a volume: what the pool says of it. */
    public static Facts evidence(Volume volume) {
        return Facts.of("id", volume.id())
                .with("size", volume.size().bytes())
                .with("format", volume.format())
                .with("attestation", volume.attestation())
                .with(DISK_UUID, volume.diskUuid());
    }

    /** Returns the UUID that evidence tells of; older evidence tells of none. */
    public static Optional<DiskUuid> diskUuid(Facts evidence) {
        return evidence.find(DISK_UUID).map(DiskUuid::new);
    }

    /**
     * Reads the UUID that a volume's file carries, if it is of a kind that carries one; of others nobody is asked. Absent is absent: nothing is
     * made up.
     */
    public Facts readDiskUuid(VolumeRecord volume) throws InterruptedException {
        boolean mayCarryOne = volume.place().format() == ImageFormat.VMDK
                || volume.place().diskUuid().isPresent();
        return mayCarryOne
                ? Facts.NONE.with(
                        DISK_UUID,
                        pool(volume.place().pool()).find(external(volume)).flatMap(Volume::diskUuid))
                : Facts.NONE;
    }

    /** Writes down the UUID that evidence tells of, if it tells of one and another one is known, or none. */
    public static void keepDiskUuid(Transaction transaction, RecordId<VolumeRecord> id, Facts evidence) {
        Optional<DiskUuid> read = diskUuid(evidence);
        VolumeRecord volume = transaction.volumes().require(id);
        if (read.isPresent() && !read.equals(volume.place().diskUuid())) {
            transaction.volumes().update(volume.at(volume.place().carrying(read)));
        }
    }

    /** Returns the external id that evidence tells of. */
    Optional<ExternalId> seen(StoragePool pool, Facts evidence) {
        return Optional.of(new ExternalId(pool.type().id(), KIND, evidence.text("id"), clock.instant()));
    }
}
