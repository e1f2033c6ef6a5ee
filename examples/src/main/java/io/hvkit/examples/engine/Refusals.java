package io.hvkit.examples.engine;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.PoolRequest;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.machine.MigrateRequest;
import io.hvkit.engine.machine.ReinstallRequest;
import io.hvkit.engine.matrix.Cell;
import io.hvkit.engine.matrix.Cell.Bytes;
import io.hvkit.engine.matrix.Cell.PoolKind;
import io.hvkit.engine.matrix.Cell.Task;
import io.hvkit.engine.matrix.Cell.Use;
import io.hvkit.engine.matrix.EncryptionMatrix;
import io.hvkit.engine.matrix.Verdict;
import io.hvkit.engine.matrix.Verdict.Refused;
import io.hvkit.engine.snapshot.SnapshotRequest;
import io.hvkit.engine.template.CaptureRequest;
import io.hvkit.engine.volume.ExtractRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Asks an engine for something of each kind that the encryption matrix refuses, and looks that it is refused as the matrix says. Directories encrypt
 * whatever they are asked to; so two pools in memory stand for storage that encrypts nothing, and for such that encrypts with keys of its own.
 */
final class Refusals {

    private interface Call {
        Job<?> asked(HvKit hvkit) throws InterruptedException;
    }

    /**
     * What is asked for something.
     *
     * @param web a machine that runs
     * @param root its root, which is encrypted
     * @param data its other disk, which is plain
     * @param silver an offering of plain volumes
     * @param template a plain template in the zone
     */
    record Asked(
            RecordId<MachineRecord> web,
            RecordId<VolumeRecord> root,
            RecordId<VolumeRecord> data,
            RecordId<OfferingRecord> silver,
            RecordId<TemplateRecord> template) {}

    private record Attempt(Cell cell, Call call) {}

    /** How an attempt ended: what the matrix says, and what the engine did. */
    private record Answer(Cell cell, Refused said, Optional<DriverException> got) {

        boolean isAsSaid() {
            return got.filter(refusal -> refusal.failure() == said.failure()).isPresent();
        }

        @Override
        public String toString() {
            String volume = cell.bytes() == Bytes.PLAIN ? "a plain volume" : "an encrypted volume";
            return cell.task() + ": " + volume + "; its pool: " + cell.pool() + "; who has it: " + cell.machine()
                    + "\n    the matrix: " + said.failure() + ", " + said.reason() + "; " + said.alternative()
                    + "\n    the engine: "
                    + got.map(e -> e.failure() + ", " + e.getMessage()).orElse("it was done");
        }
    }

    private final HvKit hvkit;
    private final Town town;
    private final List<Answer> answers = new ArrayList<>();
    private boolean isUnchanged = true;

    private Refusals(HvKit hvkit, Town town) {
        this.hvkit = hvkit;
        this.town = town;
    }

    /**
     * Asks for all of it; what it needs besides is gone again afterwards.
     *
     * @param asked what it is asked of
     */
    static Refusals of(HvKit hvkit, Town town, Asked asked) throws InterruptedException {
        Refusals refusals = new Refusals(hvkit, town);
        PoolRecord bare = refusals.pool("bare", InMemoryStorageDriver.BARE);
        PoolRecord sealed = refusals.pool("sealed", InMemoryStorageDriver.SELF_ENCRYPTING);
        VolumeRecord small = refusals.volume("small", bare, VolumeRequest.Protection.PLAIN);
        VolumeRecord closed = refusals.volume("closed", sealed, VolumeRequest.Protection.ENCRYPTED);
        refusals.ask(List.of(
                attempt(
                        Task.CREATE,
                        PoolKind.BARE,
                        Bytes.ENCRYPTED,
                        Use.NONE,
                        engine ->
                                engine.volumes().create(request("secret", bare).encrypted())),
                attempt(
                        Task.DELETE,
                        PoolKind.FILES,
                        Bytes.ENCRYPTED,
                        Use.RUNNING,
                        engine -> engine.volumes().delete(asked.root)),
                attempt(
                        Task.GROW,
                        PoolKind.BARE,
                        Bytes.PLAIN,
                        Use.NONE,
                        engine -> engine.volumes().grow(small.id(), QuickStart.GROWN)),
                attempt(
                        Task.ENCRYPT,
                        PoolKind.SELF_ENCRYPTING,
                        Bytes.ENCRYPTED,
                        Use.NONE,
                        engine -> engine.volumes().encrypt(closed.id())),
                attempt(
                        Task.REKEY,
                        PoolKind.FILES,
                        Bytes.PLAIN,
                        Use.RUNNING,
                        engine -> engine.volumes().rekey(asked.data)),
                attempt(
                        Task.REKEY,
                        PoolKind.FILES,
                        Bytes.ENCRYPTED,
                        Use.RUNNING,
                        engine -> engine.volumes().rekey(asked.root)),
                attempt(
                        Task.OFFER_PLAIN,
                        PoolKind.FILES,
                        Bytes.ENCRYPTED,
                        Use.RUNNING,
                        engine -> engine.volumes().changeOffering(asked.root, asked.silver)),
                attempt(
                        Task.CAPTURE,
                        PoolKind.FILES,
                        Bytes.ENCRYPTED,
                        Use.RUNNING,
                        engine -> engine.templates()
                                .capture(CaptureRequest.of(
                                        asked.root, "open", town.fast().id()))),
                attempt(
                        Task.REINSTALL,
                        PoolKind.FILES,
                        Bytes.ENCRYPTED,
                        Use.RUNNING,
                        engine -> engine.machines().reinstall(reinstall(asked.web, asked.template, town.fast())))));
        refusals.askForSnapshots(asked);
        refusals.askOfAMachineAtRest(asked, closed);
        refusals.remove(small, closed);
        return refusals;
    }

    /** Under the machine that runs: both of its disks are raw files, and a store is another pool than a disk's. */
    private void askForSnapshots(Asked asked) throws InterruptedException {
        ask(List.of(
                attempt(
                        Task.SNAPSHOT,
                        PoolKind.FILES,
                        Bytes.ENCRYPTED,
                        Use.RUNNING,
                        engine -> engine.snapshots()
                                .take(
                                        asked.root,
                                        SnapshotRequest.named(
                                                "monday", town.fast().id()))),
                attempt(
                        Task.SNAPSHOT,
                        PoolKind.FILES,
                        Bytes.PLAIN,
                        Use.RUNNING,
                        engine -> engine.snapshots()
                                .take(
                                        asked.data,
                                        SnapshotRequest.named(
                                                "tuesday", town.big().id())))));
        isUnchanged &= hvkit.snapshots().list(asked.root).isEmpty()
                && hvkit.snapshots().list(asked.data).isEmpty();
    }

    /** A machine with an encrypted root, which is never started. */
    private void askOfAMachineAtRest(Asked asked, VolumeRecord root) throws InterruptedException {
        RecordId<MachineRecord> rests = hvkit.machines()
                .create(MachineRequest.named("rests").root(root.id()))
                .await()
                .id();
        RecordId<HostRecord> host = hvkit.inventory().hosts().get(0).id();
        Path export = Path.of("/hvkit-demo-export.img");
        ask(List.of(
                attempt(
                        Task.MIGRATE,
                        PoolKind.SELF_ENCRYPTING,
                        Bytes.ENCRYPTED,
                        Use.RESTING,
                        engine -> engine.machines().migrate(MigrateRequest.of(rests))),
                attempt(
                        Task.REINSTALL_PLAIN,
                        PoolKind.SELF_ENCRYPTING,
                        Bytes.ENCRYPTED,
                        Use.RESTING,
                        engine -> engine.machines().reinstall(reinstall(rests, asked.template, town.fast()))),
                attempt(
                        Task.EXTRACT_CLEAR,
                        PoolKind.SELF_ENCRYPTING,
                        Bytes.ENCRYPTED,
                        Use.RESTING,
                        engine -> engine.volumes().extract(ExtractRequest.of(root.id(), host, export)))));
        hvkit.machines().delete(rests).await();
    }

    private static ReinstallRequest reinstall(
            RecordId<MachineRecord> machine, RecordId<TemplateRecord> template, PoolRecord pool) {
        return ReinstallRequest.of(machine, template, request("fresh", pool));
    }

    private static Attempt attempt(Task task, PoolKind pool, Bytes bytes, Use machine, Call call) {
        return new Attempt(new Cell(task, pool, bytes, machine), call);
    }

    private PoolRecord pool(String name, StoragePoolType type) throws InterruptedException {
        return hvkit.inventory().addPool(PoolRecord.Reach.of(town.zone()), PoolRequest.named(name, type));
    }

    private VolumeRecord volume(String name, PoolRecord pool, VolumeRequest.Protection protection)
            throws InterruptedException {
        VolumeRequest plain = request(name, pool);
        return hvkit.volumes()
                .create(protection == VolumeRequest.Protection.ENCRYPTED ? plain.encrypted() : plain)
                .await();
    }

    private static VolumeRequest request(String name, PoolRecord pool) {
        return VolumeRequest.blank(name, QuickStart.SIZE, pool.id());
    }

    private void ask(List<Attempt> attempts) throws InterruptedException {
        List<VolumeRecord> before = volumes();
        for (Attempt attempt : attempts) {
            if (!(EncryptionMatrix.verdict(attempt.cell) instanceof Refused said)) {
                throw new IllegalStateException("the matrix does not refuse " + attempt.cell);
            }
            answers.add(new Answer(attempt.cell, said, answer(attempt.call)));
        }
        isUnchanged &= volumes().equals(before);
    }

    private Optional<DriverException> answer(Call call) throws InterruptedException {
        try {
            call.asked(hvkit).await();
            return Optional.empty();
        } catch (DriverException e) {
            return Optional.of(e);
        }
    }

    /** Versions do not count: who has a volume for the time of a look writes that down, and takes it back. */
    private List<VolumeRecord> volumes() throws InterruptedException {
        return hvkit.volumes().page(Optional.empty(), 100).stream()
                .map(volume -> volume.withVersion(0))
                .toList();
    }

    private void remove(VolumeRecord... volumes) throws InterruptedException {
        for (VolumeRecord volume : volumes) {
            hvkit.volumes().delete(volume.id()).await();
            hvkit.inventory().removePool(volume.place().pool());
        }
    }

    /** Returns the reasons of the matrix that nothing was asked for. */
    Set<String> missed() {
        Set<Verdict> shown = answers.stream().map(Answer::said).collect(Collectors.toCollection(HashSet::new));
        return EncryptionMatrix.cells().stream()
                .map(EncryptionMatrix::verdict)
                .filter(Refused.class::isInstance)
                .filter(verdict -> !shown.contains(verdict))
                .map(Object::toString)
                .collect(Collectors.toSet());
    }

    /** Returns whether each was refused as the matrix says, no volume is another one than before, and there is no snapshot. */
    boolean areAsSaid() {
        return isUnchanged && answers.stream().allMatch(Answer::isAsSaid);
    }

    int count() {
        return answers.size();
    }

    /** Returns each with its reason, the way out, and what the engine said. */
    @Override
    public String toString() {
        return answers.stream().map(Answer::toString).collect(Collectors.joining("\n"));
    }
}
