package io.hvkit.engine;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import io.hvkit.engine.internal.Names;
import io.hvkit.engine.internal.operation.Operations;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.volume.ExtractProcedure;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.GrowRequest;
import io.hvkit.engine.internal.volume.MachineUse;
import io.hvkit.engine.internal.volume.OfferRequest;
import io.hvkit.engine.internal.volume.PlaceProcedure;
import io.hvkit.engine.internal.volume.VolumeProcedures;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.placement.PlacedVolumeRequest;
import io.hvkit.engine.volume.ExtractRequest;
import io.hvkit.engine.volume.Extraction;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeMoves;
import io.hvkit.engine.volume.VolumeRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The volumes of an installation. Everything that changes one is a {@link Job}: written down before it is begun, finished or taken back after
 * a crash, and one at a time for each volume; who comes second is refused with {@code OPERATION_PENDING}. Each call makes a new operation; who
 * must be sure to ask once names an idempotency key by {@link #under}. Any number of threads may share one.
 */
@Incubating(since = "0.1")
public final class Volumes {

    /** Where operations are begun; known once they know the procedures. */
    private record Desk(Catalog catalog, VolumeProcedures procedures, Operations operations) {}

    private final Desk desk;
    private final Optional<String> key;

    private Volumes(Desk desk, Optional<String> key) {
        this.desk = desk;
        this.key = key;
    }

    /** Makes operations that know what is done to volumes. */
    interface Making {
        Operations with(List<Procedure<?, ?>> procedures);
    }

    static Volumes on(Ground ground, PlaceProcedure.Pools pools, Making making) {
        VolumeProcedures procedures = VolumeProcedures.on(ground, pools);
        Desk desk = new Desk(ground.catalog(), procedures, making.with(procedures.all()));
        return new Volumes(desk, Optional.empty());
    }

    Operations operations() {
        return desk.operations;
    }

    /**
     * Returns these volumes, with the next operation begun under an idempotency key of the caller's: asked again with an equal request, it is
     * the same job, whatever crashed in between; with another request it is refused with {@code EXISTS_DIFFERENTLY}.
     *
     * @param idempotencyKey 1 to 128 visible ASCII characters
     */
    public Volumes under(String idempotencyKey) {
        return new Volumes(desk, Optional.of(idempotencyKey));
    }

    /** Returns a volume, if there is one of that id. */
    public Optional<VolumeRecord> find(RecordId<VolumeRecord> id) throws InterruptedException {
        return desk.catalog.inTransaction(transaction -> transaction.volumes().find(id));
    }

    /** Returns the volume of that name, if there is one. */
    public Optional<VolumeRecord> named(String name) throws InterruptedException {
        return desk.catalog.inTransaction(transaction ->
                transaction.volumes().where(VolumeRecord.NAME, name).stream().findAny());
    }

    /**
     * Returns volumes ordered by id, so that one page after the other has them all.
     *
     * @param after the last id of the page before; nothing for the first page
     * @param limit how many at most, 1 to {@link Table#LONGEST_PAGE}
     */
    public List<VolumeRecord> page(Optional<RecordId<VolumeRecord>> after, int limit) throws InterruptedException {
        return desk.catalog.inTransaction(transaction -> transaction.volumes().page(after, limit));
    }

    /**
     * Makes a volume. One that is to be encrypted is {@code READY} only with an attestation, read back from its bytes or said by its
     * storage; its key was stored before.
     *
     * <table>
     * <caption>How it fails; nothing is left behind, and a key that was made is retired</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is a volume of that name</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>there is no such pool</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the pool takes no new volumes</td><td>{@code EXHAUSTED}</td></tr>
     * <tr><td>the pool does not have the format, or encrypts nothing</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>its offering has other volumes, or pools with other tags or reached by other hosts</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the pool fails</td><td>as it says; while nobody can tell what it did, the operation stays open</td></tr>
     * </table>
     */
    public Job<VolumeRecord> create(VolumeRequest request) throws InterruptedException {
        return begin(desk.procedures.create(), request);
    }

    /**
     * Makes a volume in the pool that {@link Placement#choose(io.hvkit.engine.placement.VolumeQuery)} would take, and keeps its room from the moment
     * the pool is chosen: however many ask at once, by whichever engine, a pool promises no more than it may. Who finds the room taken gets another
     * pool. What others make meanwhile in pools that they name counts from the moment it is recorded.
     *
     * <p>Fails as {@link Placement#choose(io.hvkit.engine.placement.VolumeQuery)} does if no pool qualifies, naming what speaks against each; and as
     * {@link #create(VolumeRequest)} does. Nothing is left behind.
     */
    public Job<VolumeRecord> create(PlacedVolumeRequest request) throws InterruptedException {
        return begin(desk.procedures.place(), request);
    }

    /**
     * Removes a volume, or what a creation that failed left of one; one that is gone is removed. Its key is retired, unless something
     * else needs it.
     *
     * <p>Fails with {@code IN_USE} if it is attached, being made or moved, or its pool says so; it is as it was then.
     */
    public Job<RecordId<VolumeRecord>> delete(RecordId<VolumeRecord> volume) throws InterruptedException {
        return begin(desk.procedures.delete(), volume);
    }

    /**
     * Makes a volume hold at least {@code size}, for a machine that runs with it too.
     *
     * <p>Fails with {@code INVALID_REQUEST} if it is larger now, with {@code UNSUPPORTED} if neither its pool nor the hypervisor can. What grew
     * stays so, and is recorded and counted as large as it is; if its pool cannot say how large, or its
     * host does not give it back, that is a leftover of the job: ask again.
     */
    public Job<VolumeRecord> grow(RecordId<VolumeRecord> volume, ByteSize size) throws InterruptedException {
        return begin(desk.procedures.grow(), new GrowRequest(volume, size));
    }

    /**
     * Gives a machine a volume, whether it runs or not; the result is where its host finds it. A volume is attached to one machine at a
     * time; attaching it there again returns the same place.
     *
     * <p>Fails with {@code IN_USE}, naming the machine, if another one has it or it is not {@code READY}; with {@code EXHAUSTED} if the host
     * takes nothing new; with {@code UNSUPPORTED} if it has a key and the host opens no encrypted disks. It is attached nowhere then.
     */
    public Job<Attachment> attach(RecordId<VolumeRecord> volume, RecordId<HostRecord> host, MachineId machine)
            throws InterruptedException {
        return begin(desk.procedures.attach(), new MachineUse(volume, host, machine));
    }

    /**
     * Takes a volume from a machine, whether it runs or not; does nothing if it has none.
     *
     * <p>Fails with {@code TIMED_OUT} if a running guest does not let it go; it is still attached then.
     */
    public Job<RecordId<VolumeRecord>> detach(
            RecordId<VolumeRecord> volume, RecordId<HostRecord> host, MachineId machine) throws InterruptedException {
        return begin(desk.procedures.detach(), new MachineUse(volume, host, machine));
    }

    /**
     * Brings a volume to another pool, under the machine that runs with it; or, if none does, by a host that reaches both pools and compares
     * the copies. It gets a key of its own there; the old copy and the old key go when nothing uses them any more. As long as that takes, the
     * volume is used where it was, and whoever wants to grow, delete, attach, detach or move it is refused with {@code OPERATION_PENDING}. A
     * cancel is heard until the other copy counts. A machine that has the volume and does not run must not be started meanwhile; where it is
     * to find the volume afterwards, {@link #attach} tells again.
     *
     * <p>What could not be removed once the other copy counts is a leftover of a move that succeeded: the record names it as the volume's
     * second copy, and {@link #tidy} removes it.
     *
     * <table>
     * <caption>How it fails; the volume is where it was, the copy is removed and the key that was made for it is retired</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>it is in that pool already, where {@link #encrypt} gives it other bytes; its machine's host does not reach that pool</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>there is no such volume or pool</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the pool takes no new volumes, or has no room</td><td>{@code EXHAUSTED}</td></tr>
     * <tr><td>the pool does not have the format, encrypts nothing and the volume is encrypted, or would encrypt with keys of its
     *     own what has a key; the hypervisor moves no disks</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>no machine runs with it, and no host can copy it: none reaches both pools, or none has the programs</td><td>{@code
     *     EXHAUSTED} or {@code HOST_NOT_READY}, naming what speaks against each</td></tr>
     * <tr><td>its machine does not run, and its host remembers it with the volume where that is now</td><td>{@code
     *     IN_USE}</td></tr>
     * <tr><td>it has snapshots, several machines, users that nobody knows of, a copy that was left before, or a former
     *     key</td><td>{@code IN_USE}</td></tr>
     * <tr><td>the pool has a volume of its name there, of which no record tells</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>no machine runs with it, and the copy is found not to hold the same bytes</td><td>{@code CORRUPT_DATA}</td></tr>
     * <tr><td>the pool or the hypervisor fails</td><td>as it says; while nobody can tell at which copy the machine is, the
     *     operation stays open and both are kept</td></tr>
     * </table>
     */
    public Job<VolumeRecord> move(MoveRequest request) throws InterruptedException {
        return begin(desk.procedures.move(), request);
    }

    /**
     * Moves several volumes at once, each as {@link #move} does, by a job of its own; what cannot be begun is told of and keeps no other from
     * it. They are begun in the order of the volumes' ids, whatever order they are asked for in. {@link #under} an idempotency key, each volume
     * has one derived from it: asked again, a request for the same volume is the same job.
     *
     * <p>Fails with {@code INVALID_REQUEST} if a volume is named twice; none is begun then. An interruption leaves those alone that were begun.
     */
    public VolumeMoves moveAll(List<MoveRequest> requests) throws InterruptedException {
        SortedMap<String, MoveRequest> ordered = new TreeMap<>();
        for (MoveRequest request : requests) {
            if (ordered.put(request.volume().value(), request) != null) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "volume %s is asked for twice; a volume moves to one pool at a time", request.volume());
            }
        }
        String base = key.orElseGet(() -> UUID.randomUUID().toString());
        Map<RecordId<VolumeRecord>, Job<VolumeRecord>> jobs = new LinkedHashMap<>();
        Map<RecordId<VolumeRecord>, DriverException> refused = new LinkedHashMap<>();
        for (MoveRequest request : ordered.values()) {
            try {
                jobs.put(
                        request.volume(),
                        under(Names.derived(base, request.volume().value())).move(request));
            } catch (DriverException e) {
                refused.put(request.volume(), e);
            }
        }
        return new VolumeMoves(jobs, refused);
    }

    /**
     * Encrypts a volume anew, in its pool: other bytes under another key, whether it was encrypted or plain before. A second copy is made
     * beside the first one, and filled under the machine that runs with the volume; or, if none does, by a host that copies and compares. The
     * old copy and the old key go when nothing uses them any more. Whoever read the volume's own key, or kept a header and its key, reads the
     * old bytes and not the new ones; {@link #rekey} takes moments instead, and does not keep them from it.
     *
     * <p>All that {@link #move} says of what is refused meanwhile, of a cancel, of a machine that does not run, and of a leftover and {@link
     * #tidy} goes for this, too. A plain volume in raw format is in LUKS format afterwards.
     *
     * <table>
     * <caption>How it fails; the volume has the bytes and the key that it had, the copy is removed and the key that was made for it is
     *     retired</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such volume</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>its pool encrypts nothing, or with keys of its own, or not in its format; the hypervisor moves no disks</td><td>{@code
     *     UNSUPPORTED}</td></tr>
     * <tr><td>its pool takes no new volumes, or has no room for a second copy</td><td>{@code EXHAUSTED}</td></tr>
     * <tr><td>no machine runs with it, and no host can copy it: none reaches the pool, or none has the programs</td><td>{@code
     *     EXHAUSTED} or {@code HOST_NOT_READY}, naming what speaks against each</td></tr>
     * <tr><td>its machine does not run, and its host remembers it with the volume</td><td>{@code IN_USE}</td></tr>
     * <tr><td>it has snapshots, several machines, users that nobody knows of, a copy that was left before, or a former
     *     key</td><td>{@code IN_USE}, naming the way out</td></tr>
     * <tr><td>the pool has a volume of the name that the copy is to have, of which no record tells</td><td>{@code
     *     EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>the pool or the hypervisor fails</td><td>as it says; while nobody can tell at which copy the machine is, the
     *     operation stays open and both are kept</td></tr>
     * </table>
     */
    public Job<VolumeRecord> encrypt(RecordId<VolumeRecord> volume) throws InterruptedException {
        return begin(desk.procedures.encrypt(), volume);
    }

    /**
     * Gives a volume the terms of another offering. If that encrypts and the volume is plain, it is encrypted as {@link #encrypt} does, and all that is
     * said there of what is refused meanwhile goes for this. Its limits follow; {@link Usage} tells of the change. It stays where it is, which must be a
     * pool that the offering may have volumes in.
     *
     * <table>
     * <caption>How it fails; the volume has the terms and the bytes that it had</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such volume or offering</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the offering is retired</td><td>{@code EXHAUSTED}</td></tr>
     * <tr><td>the offering has other sizes, or pools with other tags or reached by other hosts, naming them; the volume counts for
     * nobody</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the volume is encrypted and the offering is plain; the pool cannot set its limits</td><td>{@code UNSUPPORTED}, naming the way out</td></tr>
     * <tr><td>it is to be encrypted and cannot be</td><td>as {@link #encrypt} has it</td></tr>
     * </table>
     */
    public Job<VolumeRecord> changeOffering(RecordId<VolumeRecord> volume, RecordId<OfferingRecord> offering)
            throws InterruptedException {
        return begin(desk.procedures.offer(), new OfferRequest(volume, offering));
    }

    /**
     * Removes what is left of operations on a volume that have ended: the second copy of {@link #move} or {@link #encrypt}, and its key, which is
     * retired; the uses of hosts that were lent the volume, to copy it or to look after it, and from which it could not be taken; and those of
     * hosts to which its machine did not come, or from which it went, once these hosts have said that they do not have the machine. What
     * machines have stays with them, and so does a volume of a machine of which nobody knows where it is. Does nothing if there is none of that.
     *
     * <p>Fails with {@code IN_USE} if its machine or somebody else still has that copy; it is kept then. Where the pool does not answer it fails as
     * that says; asked again, it goes on.
     */
    public Job<VolumeRecord> tidy(RecordId<VolumeRecord> volume) throws InterruptedException {
        return begin(desk.procedures.tidy(), volume);
    }

    /**
     * Looks where a volume is, and writes that down: storage may move volumes between its pools by itself, as Storage DRS does. If it lies in
     * another pool that is known and {@linkplain io.hvkit.storage.spi.Adoption takes volumes over}, that one has it from then on, under the id
     * and the name that it has; whoever uses it goes on. So the pool it was in may go. The UUID that its file carries is read again, too. Until
     * somebody looks, every use finds the volume all the same, as long as the pool that its record names is there.
     *
     * <p>Fails with {@code NOT_FOUND} if that pool does not find it any more, and with {@code IN_USE} if it is not {@code READY}; its record
     * stays as it is.
     *
     * @return the volume as it is recorded now; where it was, if it lies in no pool that could take it over
     */
    public Job<VolumeRecord> lookAt(RecordId<VolumeRecord> volume) throws InterruptedException {
        return begin(desk.procedures.follow(), volume);
    }

    /**
     * Gives a volume another key by the slots of its LUKS header, in moments, whatever its size: the new key is stored and has opened the volume
     * before it counts, and the former one is taken from it afterwards and retired. Whatever dies meanwhile, a key of the volume's record
     * opens it.
     *
     * <p>This keeps a former key from opening the volume. It does not encrypt anew: the volume's own key, which the slots hold, stays the same,
     * so whoever has read that, or kept a copy of the old header and its key, can still read the volume. Against them only other bytes help,
     * as {@link #encrypt} makes them, under a machine that runs, too.
     *
     * <p>If the former key could not be taken from the volume, the job is done, its leftovers say so, and the record has the former key as
     * {@link VolumeRecord#second}; asking again takes it away first, and then gives the volume yet another one. If the host that did it could
     * not give the volume back, the leftovers say that; {@link #tidy} does it, and until then no other host gets the volume.
     *
     * <table>
     * <caption>How it fails; the volume has the key that it had, and a key that was made is retired</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the volume is not encrypted</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>its storage encrypts it</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>a machine runs with it, or it is not {@code READY}</td><td>{@code IN_USE}, naming the machine and the way out, which is
     *     {@link #encrypt}</td></tr>
     * <tr><td>no host of its pool can work on it, or one has no end point</td><td>{@code HOST_NOT_READY} or {@code EXHAUSTED}, naming
     *     what speaks against each</td></tr>
     * <tr><td>all slots of the header are taken</td><td>{@code EXHAUSTED}</td></tr>
     * </table>
     */
    public Job<VolumeRecord> rekey(RecordId<VolumeRecord> volume) throws InterruptedException {
        return begin(desk.procedures.rekey(), volume);
    }

    /**
     * Copies a volume with which no machine runs to a file on a host, for somebody else to have, and compares the two. What is encrypted is so in
     * the file, under the key that the request has; or it lies in clear there, if somebody {@linkplain ExtractRequest#inClear decided} that. The
     * volume's own key is not handed out, and the key that was given is retired with the end of the job.
     *
     * <p>The file appears when it is whole: a crash or a cancel before that leaves nothing. The host that copies may keep what it has begun under
     * another name until it is asked again. Nothing that is there is written over. A file that was whole before the job failed or was
     * cancelled is a leftover of the job, which names it: files of hosts are never deleted here.
     *
     * <table>
     * <caption>How it fails; the volume is as it was</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>it is encrypted, and the request has neither a key nor leave to lay it open; {@code RAW} with a key or {@code LUKS}
     *     without</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>there is no such volume, or no such folder</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>a machine runs with it, or it is attached to another host; it is not {@code READY}</td><td>{@code IN_USE}, naming the way
     *     out</td></tr>
     * <tr><td>something is where the file is to be; another key is given under the same idempotency key</td><td>{@code
     *     EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>somebody extracts to that path</td><td>{@code OPERATION_PENDING}</td></tr>
     * <tr><td>the host does not reach the pool, or lacks a program</td><td>{@code EXHAUSTED} or {@code HOST_NOT_READY}, naming
     *     it</td></tr>
     * <tr><td>the host has no room; the file is found not to hold the same bytes</td><td>{@code EXHAUSTED}; {@code CORRUPT_DATA}</td></tr>
     * </table>
     */
    public Job<Extraction> extract(ExtractRequest request) throws InterruptedException {
        String asked = key.orElseGet(() -> UUID.randomUUID().toString());
        ExtractProcedure extract = desk.procedures.extract();
        return desk.operations.begin(extract, extract.kept(request, asked), asked);
    }

    private <Q, R> Job<R> begin(Procedure<Q, R> procedure, Q request) throws InterruptedException {
        return desk.operations.begin(
                procedure, request, key.orElseGet(() -> UUID.randomUUID().toString()));
    }
}
