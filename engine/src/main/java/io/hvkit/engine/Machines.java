package io.hvkit.engine;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Incubating;
import io.hvkit.engine.internal.machine.ChainReport;
import io.hvkit.engine.internal.machine.DiskChange;
import io.hvkit.engine.internal.machine.FreezeWork;
import io.hvkit.engine.internal.machine.MachineGround;
import io.hvkit.engine.internal.machine.MachineProcedures;
import io.hvkit.engine.internal.machine.MachineWork;
import io.hvkit.engine.internal.machine.MergeWork;
import io.hvkit.engine.internal.machine.MigrateWork;
import io.hvkit.engine.internal.machine.Reinstallation;
import io.hvkit.engine.internal.machine.Settlement;
import io.hvkit.engine.internal.machine.StartRequest;
import io.hvkit.engine.internal.machine.StopRequest;
import io.hvkit.engine.internal.operation.Operations;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.template.NewVolume;
import io.hvkit.engine.internal.template.TemplateProcedures;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.machine.DiskChain;
import io.hvkit.engine.machine.HostSelection;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.machine.MachineSnapshotRequest;
import io.hvkit.engine.machine.MergeRequest;
import io.hvkit.engine.machine.MergedDisks;
import io.hvkit.engine.machine.MigrateRequest;
import io.hvkit.engine.machine.ReinstallRequest;
import io.hvkit.hypervisor.spi.MergeSight;
import io.hvkit.hypervisor.spi.StopMode;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The machines of an installation. Everything that changes one is a {@link Job}, as with {@link Volumes}; while it lasts nobody else works on
 * the machine or its disks. Hosts do not remember machines: the catalog does, and a host is told all of it each time, keys included, which are
 * wiped here once it has them. Any number of threads may share one.
 */
@Incubating(since = "0.1")
public final class Machines {

    private record Desk(
            Catalog catalog,
            MachineGround ground,
            MachineProcedures procedures,
            TemplateProcedures templates,
            Operations operations) {}

    private final Desk desk;
    private final Optional<String> key;

    private Machines(Desk desk, Optional<String> key) {
        this.desk = desk;
        this.key = key;
    }

    static Machines on(
            MachineGround ground, MachineProcedures procedures, TemplateProcedures templates, Operations operations) {
        Desk desk = new Desk(ground.ground().catalog(), ground, procedures, templates, operations);
        return new Machines(desk, Optional.empty());
    }

    /** Returns these machines, with the next operation begun under an idempotency key, as {@link Volumes#under} says. */
    public Machines under(String idempotencyKey) {
        return new Machines(desk, Optional.of(idempotencyKey));
    }

    /** Returns a machine, if there is one of that id. */
    public Optional<MachineRecord> find(RecordId<MachineRecord> id) throws InterruptedException {
        return desk.catalog.inTransaction(transaction -> transaction.machines().find(id));
    }

    /** Returns the machine of that name, if there is one. */
    public Optional<MachineRecord> named(String name) throws InterruptedException {
        return desk.catalog.inTransaction(transaction ->
                transaction.machines().where(MachineRecord.NAME, name).stream().findAny());
    }

    /** Returns the volumes that are disks of a machine, in order; none if there is no such machine. */
    public List<RecordId<VolumeRecord>> disks(RecordId<MachineRecord> id) throws InterruptedException {
        return desk.catalog.inTransaction(
                transaction -> transaction.machines().find(id).isPresent()
                        ? MachineWork.on(transaction, id).disks()
                        : List.of());
    }

    /**
     * Returns machines ordered by id, so that one page after the other has them all.
     *
     * @param after the last id of the page before; nothing for the first page
     * @param limit how many at most, 1 to {@link Table#LONGEST_PAGE}
     */
    public List<MachineRecord> page(Optional<RecordId<MachineRecord>> after, int limit) throws InterruptedException {
        return desk.catalog.inTransaction(transaction -> transaction.machines().page(after, limit));
    }

    /** Answers which hosts can run a machine that is stopped, and what speaks against each other host of its zone. Changes nothing. */
    public HostSelection explain(RecordId<MachineRecord> machine) throws InterruptedException {
        return desk.ground.explain(machine);
    }

    /**
     * Makes a machine known, and starts nothing. Its disks are of no other machine from now on.
     *
     * <table>
     * <caption>How it fails; nothing is left behind</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is a machine of that name</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>there is no such volume</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>a volume is not {@code READY}, or a disk of another machine</td><td>{@code IN_USE}, naming it</td></tr>
     * <tr><td>it has no disk, or disks in two zones</td><td>{@code INVALID_REQUEST}</td></tr>
     * </table>
     */
    public Job<MachineRecord> create(MachineRequest request) throws InterruptedException {
        return begin(desk.procedures.create(), request);
    }

    /**
     * Makes a machine known and starts it, on the best host; if it does not start, it is not known either. Fails as {@link #create} and
     * {@link #start(RecordId)} do.
     */
    public Job<MachineRecord> start(MachineRequest request) throws InterruptedException {
        return begin(desk.procedures.launch(), request);
    }

    /**
     * Starts a machine on the best host, which keeps room for it from the moment that it is chosen; one that runs stays as it is. Its volumes
     * are lent to that host, and nobody else gets them.
     *
     * <table>
     * <caption>How it fails; no host has the machine, its volumes or a key then</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>no host qualifies</td><td>as {@link HostSelection#orThrow} says, naming all that speaks against each</td></tr>
     * <tr><td>a volume is not {@code READY}, or attached elsewhere</td><td>{@code IN_USE}</td></tr>
     * <tr><td>it has ended by itself, and was not {@linkplain #stop stopped} since</td><td>{@code IN_USE}</td></tr>
     * <tr><td>the host does not see a volume</td><td>{@code HOST_NOT_READY}</td></tr>
     * <tr><td>the host fails</td><td>as it says; while nobody can tell whether it started the machine, the operation stays
     *     open</td></tr>
     * </table>
     */
    public Job<MachineRecord> start(RecordId<MachineRecord> machine) throws InterruptedException {
        return begin(desk.procedures.start(), new StartRequest(work(machine), Optional.empty()));
    }

    /** Starts a machine on this host and on no other; else it does the same as {@link #start(RecordId)}. */
    public Job<MachineRecord> start(RecordId<MachineRecord> machine, RecordId<HostRecord> host)
            throws InterruptedException {
        return begin(desk.procedures.start(), new StartRequest(work(machine), Optional.of(host)));
    }

    /**
     * Finds out where a machine is whose move failed, and could not be taken back whole, as the leftovers of that said: what goes on of the move
     * ends, and the machine counts where it was. Then its volumes are taken from all hosts that have them for nothing, as {@link Volumes#tidy}
     * says. Does nothing if there is none of that.
     *
     * <p>Fails with {@code IN_USE} if the machine runs where it was not to be any more, and as a host or pool fails that cannot tell; all is as it
     * was then. Asked again, it goes on.
     */
    public Job<MachineRecord> tidy(RecordId<MachineRecord> machine) throws InterruptedException {
        return begin(desk.procedures.tidy(), work(machine));
    }

    /**
     * Stops a machine, and takes its volumes from its host; does that too for one that has ended by itself.
     *
     * <p>Fails with {@code TIMED_OUT} if the guest does not end and its power is not to be cut; it runs as before then.
     */
    public Job<MachineRecord> stop(RecordId<MachineRecord> machine, StopMode mode) throws InterruptedException {
        return begin(desk.procedures.stop(), new StopRequest(work(machine), mode));
    }

    /**
     * Brings a machine to another host while it runs, with its volumes where they are, but for those that {@linkplain MigrateRequest#luggage
     * go along}: of these a copy is made in the other pool, under the key that the volume has, and what the machine has left is removed once it
     * was seen to run with the copies. The other host is chosen as for a start, and has room for it from then on. A cancel is heard until the
     * machine is there. A copy that cannot be removed is a leftover of a job that succeeded; {@link Volumes#tidy} removes it later.
     *
     * <table>
     * <caption>How it fails; the machine runs where it was, and the other host has none of its volumes, copies or keys</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>it does not run, a volume that is to go along is none of its disks, or is in that pool already</td><td>{@code
     *     INVALID_REQUEST}</td></tr>
     * <tr><td>no other host qualifies</td><td>as {@link HostSelection#orThrow} says</td></tr>
     * <tr><td>none has pools for what goes along</td><td>as {@link Volumes#move} is refused, with what speaks against each</td></tr>
     * <tr><td>the hypervisor fails</td><td>as it says; while nobody can tell where the machine is, or it is there without a copy, the
     *     operation stays open, and both hosts keep its volumes</td></tr>
     * </table>
     */
    public Job<MachineRecord> migrate(MigrateRequest request) throws InterruptedException {
        return begin(desk.procedures.migrate(), new MigrateWork(work(request.machine()), request));
    }

    /**
     * Gives a machine that is stopped another root, made of a template. The old one is the machine's until the new one is whole; then it goes,
     * unless it is to be kept. An old root that something still needs, such as a snapshot, is a leftover of a job that succeeded, and stays.
     *
     * <table>
     * <caption>How it fails, besides {@link Templates#newVolume}; the machine has its old root</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the machine is not {@code STOPPED}</td><td>{@code IN_USE}</td></tr>
     * <tr><td>the new root would lie in clear and the old one is encrypted, or it would be in another zone</td><td>{@code
     *     INVALID_REQUEST}</td></tr>
     * </table>
     */
    public Job<MachineRecord> reinstall(ReinstallRequest request) throws InterruptedException {
        NewVolume root = desk.templates.plan(request.template(), request.root());
        return begin(desk.procedures.reinstall(), new Reinstallation(work(request.machine()), root, request.oldRoot()));
    }

    /**
     * Makes a volume the last disk of a machine; if it runs, it gets it plugged in, as {@link Volumes#attach} does.
     *
     * <p>Fails with {@code IN_USE} if another machine has the volume, and as {@link Volumes#attach} does.
     */
    public Job<MachineRecord> attach(RecordId<MachineRecord> machine, RecordId<VolumeRecord> volume)
            throws InterruptedException {
        return begin(desk.procedures.attach(), DiskChange.to(require(machine), volume));
    }

    /** Makes a volume no disk of a machine any more; if it runs, it lets it go first, as {@link Volumes#detach} does. */
    public Job<MachineRecord> detach(RecordId<MachineRecord> machine, RecordId<VolumeRecord> volume)
            throws InterruptedException {
        return begin(desk.procedures.detach(), DiskChange.to(require(machine), volume));
    }

    /** Forgets a machine; its volumes stay. Fails with {@code IN_USE} if it is not stopped. */
    public Job<RecordId<MachineRecord>> delete(RecordId<MachineRecord> machine) throws InterruptedException {
        return begin(desk.procedures.delete(), work(machine));
    }

    /**
     * Freezes all disks of a machine that runs at one moment, or all but those that are left out. For each an overlay is made, encrypted with the
     * key of its volume if that is; it takes what the machine writes from then on, and the machine is started with it from then on. As long as
     * there is one, the volume below it and its machine are left alone: nothing is grown, moved, copied, detached or deleted. {@link #merge}
     * ends that. Taking it again does nothing.
     *
     * <table>
     * <caption>How it fails; the machine is as it was. An overlay that was made stays, empty, for an equal request to use</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the machine does not run, lacks a disk that is to be left out, or all are left out</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>it has a snapshot of that name of other disks, or another file is where an overlay is to be</td><td>{@code
     *     EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>a disk is being merged</td><td>{@code IN_USE}</td></tr>
     * <tr><td>its host has no {@linkplain HvKitConfig#endPointsFrom end point}, or freezes no disks</td><td>{@code UNSUPPORTED}</td></tr>
     * </table>
     */
    public Job<MachineRecord> snapshot(MachineSnapshotRequest request) throws InterruptedException {
        MachineWork work = work(request.machine());
        List<RecordId<VolumeRecord>> leftOut = request.leftOut().stream()
                .sorted(Comparator.comparing(RecordId::value))
                .toList();
        return begin(desk.procedures.freeze(), new FreezeWork(work, request.name(), request.folder(), leftOut));
    }

    /**
     * Looks at what the disks of a machine stand on, one for each disk in order: at its host if it runs, else at what was written down. Tells
     * what is half done, and what {@link #merge} would do, or a person has to. Changes nothing.
     */
    public List<DiskChain> chains(RecordId<MachineRecord> machine) throws InterruptedException {
        return new ChainReport(desk.ground).of(work(machine));
    }

    /**
     * Merges what lies over the disks of a machine that runs into their volumes: overlays that a process laid by the host's own means too. Each
     * disk is planned, its volume made larger first if the overlay is, merged, looked at, and recorded by itself; what becomes of one keeps no
     * other from being merged. A disk that is not merged is no failure of the job: {@link MergedDisks} names each, and another merge goes on
     * with what is left. No overlay is deleted. All layers of an encrypted disk are opened by the key of its volume.
     *
     * <p>A cancel is heard between disks, and ends the merge that runs; the disk goes on with its overlay.
     *
     * <table>
     * <caption>How it fails; the machine is as it was</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the machine does not run, and has an overlay</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>its host does not answer</td><td>{@code UNREACHABLE}</td></tr>
     * </table>
     */
    public Job<MergedDisks> merge(MergeRequest request) throws InterruptedException {
        return begin(desk.procedures.merge(), new MergeWork(work(request.machine()), request.patience()));
    }

    /** Merges as {@link #merge(MergeRequest)} does, with the usual patience. */
    public Job<MergedDisks> merge(RecordId<MachineRecord> machine) throws InterruptedException {
        return merge(MergeRequest.of(machine));
    }

    /**
     * Says of a disk that is {@link DiskChain.Standing#IN_DOUBT} what the machine had last: its overlay, or what is below that. The machine is
     * started with that from now on. Nothing is written to either, and nothing deleted: keep the other until the machine has shown that the
     * choice was right.
     *
     * <p>Fails with {@code INVALID_REQUEST} if the machine is not stopped, or nothing is in doubt.
     */
    public Job<MachineRecord> settle(
            RecordId<MachineRecord> machine, RecordId<VolumeRecord> disk, MergeSight.Newest newest)
            throws InterruptedException {
        return begin(desk.procedures.settle(), new Settlement(work(machine), disk, newest));
    }

    private MachineWork work(RecordId<MachineRecord> id) throws InterruptedException {
        return desk.catalog.inTransaction(transaction -> MachineWork.on(transaction, id));
    }

    private MachineRecord require(RecordId<MachineRecord> id) throws InterruptedException {
        return desk.catalog.inTransaction(transaction -> transaction.machines().require(id));
    }

    private <Q, R> Job<R> begin(Procedure<Q, R> procedure, Q request) throws InterruptedException {
        return desk.operations.begin(
                procedure, request, key.orElseGet(() -> UUID.randomUUID().toString()));
    }
}
