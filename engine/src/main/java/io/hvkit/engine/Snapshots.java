package io.hvkit.engine;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Incubating;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.internal.operation.Operations;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.snapshot.CopyRequest;
import io.hvkit.engine.internal.snapshot.FlattenRequest;
import io.hvkit.engine.internal.snapshot.KnownSnapshots;
import io.hvkit.engine.internal.snapshot.RevertRequest;
import io.hvkit.engine.internal.snapshot.SnapshotProcedures;
import io.hvkit.engine.internal.snapshot.TakeRequest;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.snapshot.SnapshotRequest;
import io.hvkit.storage.spi.chain.ChainGraph;
import io.hvkit.storage.spi.chain.ChainPlan;
import io.hvkit.storage.spi.chain.ChainPlanner;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The snapshots of volumes, kept in stores of backups: the first in full, and later ones as what was written since, where that is known
 * beyond doubt. Everything that changes one is a {@link Job}, as with {@link Volumes}. Any number of threads may share one.
 *
 * <p>Nothing goes that is read. A deleted snapshot on which others stand is hidden: its user sees it as deleted and pays for it no more,
 * {@link #list} shows it with those that keep it, and it goes with the last of them. One of which something could not be removed stays
 * {@code DESTROYING}, and is paid for, until {@link #tidy} has removed it.
 *
 * <p>A snapshot counts for who has its volume when it is taken: once, and what its layers take in each store. Taking and copying one fails
 * with {@code EXHAUSTED}, before anything is made, if the account or one above it has no room for a layer as large as its disk.
 */
@Incubating(since = "0.1")
public final class Snapshots {

    /** Where operations are begun. */
    private record Desk(Catalog catalog, SnapshotProcedures procedures, Operations operations) {}

    private final Desk desk;
    private final Optional<String> key;

    private Snapshots(Desk desk, Optional<String> key) {
        this.desk = desk;
        this.key = key;
    }

    static Snapshots on(Catalog catalog, SnapshotProcedures procedures, Operations operations) {
        return new Snapshots(new Desk(catalog, procedures, operations), Optional.empty());
    }

    /**
     * Returns these snapshots, with the next operation begun under an idempotency key of the caller's, as {@link Volumes#under} does.
     *
     * @param idempotencyKey 1 to 128 visible ASCII characters
     */
    public Snapshots under(String idempotencyKey) {
        return new Snapshots(desk, Optional.of(idempotencyKey));
    }

    /** Returns a snapshot, if there is one of that id; one that is hidden, too. */
    public Optional<Snapshot> find(RecordId<SnapshotRecord> id) throws InterruptedException {
        return desk.catalog.inTransaction(transaction -> KnownSnapshots.find(transaction, id));
    }

    /** Returns the snapshots of a volume, the oldest first, hidden ones too; also of a volume that is gone. */
    public List<Snapshot> list(RecordId<VolumeRecord> volume) throws InterruptedException {
        return desk.catalog.inTransaction(transaction -> KnownSnapshots.list(transaction, volume));
    }

    /** Returns the chain of a volume, whose text is a picture of it. */
    public ChainGraph chain(RecordId<VolumeRecord> volume) throws InterruptedException {
        return desk.catalog.inTransaction(transaction -> KnownSnapshots.graph(transaction, volume));
    }

    /** Returns what {@link #delete} would do now. Changes nothing. */
    public ChainPlan planDelete(RecordId<SnapshotRecord> id) throws InterruptedException {
        ChainGraph graph = desk.catalog.inTransaction(
                transaction -> KnownSnapshots.graphOf(transaction, id).orElse(ChainGraph.empty()));
        return ChainPlanner.of(graph).delete(new SnapshotId(id.value()));
    }

    /**
     * Takes a snapshot: of a volume with which a machine runs by its hypervisor, while the guest writes on; of another one by a host that
     * copies it. It holds what was on the volume at one moment. If the volume is encrypted, so is each layer, with a key of its own that was
     * stored before. While it is taken, the volume does not move; its other snapshots may be deleted.
     *
     * <p>It is full, or what was written since the newest one in that store: {@link io.hvkit.storage.spi.chain.BackupDecision} tells when. A
     * volume that no machine runs with is compared with that newest one, and what differs is what was written since; if nothing does, nothing
     * is written, and both have one layer. What cannot be compared, or written so by the host, is copied in full.
     *
     * <table>
     * <caption>How it fails; nothing is left of it</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such volume or store</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>there is a snapshot of that name, or one that is kept for others</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>the store is the volume's own pool</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the store takes nothing new, or has no room</td><td>{@code EXHAUSTED}</td></tr>
     * <tr><td>the store makes no such images, or a machine runs with a volume that is no qcow2</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>the volume is not {@code READY}, or attached to several machines of which one runs</td><td>{@code IN_USE}</td></tr>
     * <tr><td>the volume is worked on, its machine is backed up, or its notes changed meanwhile</td><td>{@code
     *     OPERATION_PENDING}</td></tr>
     * <tr><td>no host can copy a volume that no machine runs with</td><td>{@code EXHAUSTED} or {@code HOST_NOT_READY}, naming what
     *     speaks against each</td></tr>
     * </table>
     *
     * <p>What could not be taken back is a leftover of the job: the snapshot is in {@code ERROR} then, or in the state it had come to if its
     * store or host could not be reached any more, and {@link #delete} removes it, but for what a host still uses.
     */
    public Job<RecordId<SnapshotRecord>> take(RecordId<VolumeRecord> volume, SnapshotRequest request)
            throws InterruptedException {
        return begin(desk.procedures.take(), new TakeRequest(volume, request));
    }

    /**
     * Deletes a snapshot; one that is gone is deleted. From the first step on there is no way back. If a store does not remove a layer, the
     * job is done and that is a leftover of it: the snapshot is {@code DESTROYING} then, and {@link #tidy} removes the rest.
     *
     * <p>Fails with {@code OPERATION_PENDING} while it is being taken; cancel that.
     */
    public Job<RecordId<SnapshotRecord>> delete(RecordId<SnapshotRecord> snapshot) throws InterruptedException {
        return begin(desk.procedures.delete(), snapshot);
    }

    /**
     * Removes what deletions of a volume's snapshots could not remove, also of a volume that is gone; does nothing if there is nothing.
     * What cannot be removed now either is a leftover of the job.
     */
    public Job<RecordId<VolumeRecord>> tidy(RecordId<VolumeRecord> volume) throws InterruptedException {
        return begin(desk.procedures.tidy(), volume);
    }

    /**
     * Looks again at copies of a volume's snapshots that are known to be lost, such as those of a store that lacked them for a while. One that
     * is there, and holds to the last byte what another copy of its snapshot in another store does, counts again: it is read, later ones are laid
     * over it, and schedules count it. Without another copy, or as long as what it stands on was not proved, nothing is proved and it stays as it
     * is. Reads all of both, and writes nothing to a store.
     *
     * @return the snapshots of which a copy counts again
     */
    public Job<List<RecordId<SnapshotRecord>>> recheck(RecordId<VolumeRecord> volume) throws InterruptedException {
        return begin(desk.procedures.recheck(), volume);
    }

    /**
     * Makes a new volume of a snapshot, whose volume may be gone. The new one stands on nothing, has a key of its own, and may be used once
     * it was compared to the last byte. The snapshot may be deleted meanwhile; its layers stay until the volume is whole.
     *
     * <table>
     * <caption>How it fails; nothing is left behind</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such snapshot or pool, or no copy of it is left</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>it is being taken</td><td>{@code OPERATION_PENDING}</td></tr>
     * <tr><td>it is deleted; or encrypted, and the volume would not be; or of a size, or to be in a pool, that the {@linkplain
     *     RestoreRequest#by offering} does not have</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>all copies are damaged, or what was read is not what was written</td><td>{@code CORRUPT_DATA}</td></tr>
     * <tr><td>no host reaches both the store and the pool</td><td>{@code EXHAUSTED} or {@code HOST_NOT_READY}, naming what speaks
     *     against each</td></tr>
     * <tr><td>the volume cannot be made</td><td>as {@link Volumes#create}</td></tr>
     * </table>
     */
    public Job<VolumeRecord> restore(RestoreRequest request) throws InterruptedException {
        return begin(desk.procedures.restore(), request);
    }

    /**
     * Brings a volume back to what a snapshot of it holds, its size too; wherever the volume is now, and whatever key it has. That is written
     * to another copy in the volume's pool, with a key of its own, and takes the volume's place once it was compared to the last byte. What
     * the volume held is kept as its {@linkplain VolumeRecord#second second copy}; {@link Volumes#tidy} removes that, and until then the volume
     * does not move and is not reverted again. No machine may run with it, nor a host remember one that has it: have that forget the
     * machine, and tell it again where {@link Volumes#attach} finds the volume.
     *
     * <table>
     * <caption>How it fails; the volume is as it was, and nothing is left behind</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such volume or snapshot, or all of its copies are in pools that the volume has left; with the reason of
     *     each</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>it is a snapshot of another volume, or deleted</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>a machine runs with the volume, or its host remembers one; it is not {@code READY}, or has a second copy</td><td>{@code
     *     IN_USE}, naming the way out</td></tr>
     * <tr><td>all copies are damaged, or what was written is not what was read</td><td>{@code CORRUPT_DATA}</td></tr>
     * <tr><td>its pool takes no new volumes, or has no room for a second copy; no host reaches both it and the store</td><td>{@code
     *     EXHAUSTED} or {@code HOST_NOT_READY}</td></tr>
     * </table>
     */
    public Job<VolumeRecord> revert(RecordId<VolumeRecord> volume, RecordId<SnapshotRecord> snapshot)
            throws InterruptedException {
        return begin(desk.procedures.revert(), new RevertRequest(volume, snapshot));
    }

    /**
     * Copies a snapshot to another store, in full, under a key of its own if it is encrypted; does nothing if a copy is there that can be
     * read. {@link #restore} and {@link #revert} read the copy with the fewest layers whose store answers. The snapshot may be copied on while
     * its volume is gone, and is not deleted meanwhile.
     *
     * <table>
     * <caption>How it fails; nothing is left behind</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such snapshot or store</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>it is being taken, deleted or copied, or its volume's snapshots are copied to that store</td><td>{@code
     *     OPERATION_PENDING}</td></tr>
     * <tr><td>it is deleted, or the store is its volume's own pool</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the store takes nothing new, or has no room</td><td>{@code EXHAUSTED}</td></tr>
     * <tr><td>the store makes no such images</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>no copy of it can be read</td><td>as its stores fail, naming what is wrong with each</td></tr>
     * <tr><td>no host reaches both stores</td><td>{@code EXHAUSTED} or {@code HOST_NOT_READY}</td></tr>
     * </table>
     */
    public Job<RecordId<SnapshotRecord>> copy(RecordId<SnapshotRecord> snapshot, RecordId<PoolRecord> store)
            throws InterruptedException {
        return begin(desk.procedures.copy(), new CopyRequest(snapshot, store));
    }

    /**
     * Copies a snapshot to another store together with the older ones that its chain holds, the oldest first, so that the chain there takes
     * as little as the one it comes from: each layer as it is, byte for byte, encrypted as it is and under the key that it has. What is there
     * already and can be read is not copied again. One is copied in full where what it stands on is hidden, and so not copied, or where {@code
     * snapshot.delta.max} of that store allows no more; {@link Snapshot#reasons} tells. A copy is used once all of its disk was read from
     * both stores and was the same.
     *
     * <p>The snapshot is not deleted meanwhile, nor an older one while it is being copied; one that is deleted before is not copied. Fails as
     * {@link #copy} does; with {@code OPERATION_PENDING}, too, while another one of the volume is copied to that store, and with {@code
     * UNSUPPORTED} if the host copies no files. Whatever becomes of it, copies that were whole stay, and nothing is left of the others:
     * ask again, and the rest is copied.
     */
    public Job<RecordId<SnapshotRecord>> copyChain(RecordId<SnapshotRecord> snapshot, RecordId<PoolRecord> store)
            throws InterruptedException {
        return begin(desk.procedures.copyChain(), new CopyRequest(snapshot, store));
    }

    /**
     * Makes a copy of a snapshot full, so that it needs no other layer: all of it is written to a new layer beside the one it has, under a key
     * of its own if it is encrypted, and compared to the last byte. Only then, in one transaction, is it read from there, and so are later
     * ones that stood on it, unless another snapshot shares the old layer. That goes, with what was kept for it alone; while somebody
     * reads or copies the chain it stays, and {@link #tidy} removes it then. Does nothing if the copy stands on nothing. Until the old layer
     * is gone, both take room in the store. The snapshot is not deleted meanwhile; others of its volume may be taken, deleted and read.
     *
     * <table>
     * <caption>How it fails; the snapshot is read as before, and nothing is left behind</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such snapshot or store, or no copy there: it is deleted, or was never copied</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the copy is being written, or the snapshot is deleted, copied or flattened</td><td>{@code OPERATION_PENDING}</td></tr>
     * <tr><td>a layer is damaged or lost, or what was written is not what was read</td><td>{@code CORRUPT_DATA}</td></tr>
     * <tr><td>the store takes nothing new, or it or the account has no room</td><td>{@code EXHAUSTED}</td></tr>
     * <tr><td>no host reaches the store</td><td>{@code EXHAUSTED} or {@code HOST_NOT_READY}</td></tr>
     * </table>
     */
    public Job<RecordId<SnapshotRecord>> flatten(RecordId<SnapshotRecord> snapshot, RecordId<PoolRecord> store)
            throws InterruptedException {
        return begin(desk.procedures.flatten(), new FlattenRequest(snapshot, store));
    }

    private <Q, R> Job<R> begin(Procedure<Q, R> procedure, Q request) throws InterruptedException {
        return desk.operations.begin(
                procedure, request, key.orElseGet(() -> UUID.randomUUID().toString()));
    }
}
