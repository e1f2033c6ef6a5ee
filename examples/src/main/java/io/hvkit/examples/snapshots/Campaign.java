package io.hvkit.examples.snapshots;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.RecoveryReport.Verdict;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.snapshot.SnapshotRequest;
import io.hvkit.examples.storage.Platform;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.storage.spi.chain.ChainLimit;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Snapshots of a volume under a guest that writes, one after the other, and deletions meanwhile. What each holds is known: the guest is held
 * at the moment of it, and writes again as soon as the backup has begun. Where a process died, the snapshot holds what was there when that
 * began it, or when another one finished its work.
 */
final class Campaign {

    /** A chain has so many layers at most. */
    static final int LONGEST = 5;

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final List<String> DEATHS = List.of("write", "begin", "make", "plan-1", "write");
    private static final long RECORDS = 128;
    private static final int SPARED = 4;

    private final Path work;
    private final Platform platform;
    private final HvKit hvkit;
    private final RunningDisk disk;
    private final GuestConsole console;
    private final Subject subject;
    private final Random random;
    private final Map<String, Set<DiskContent>> contents = new HashMap<>();
    private final List<String> deaths = new ArrayList<>();
    private final List<Verdict> verdicts = new ArrayList<>();
    private int deleted;
    private int meanwhile;
    private int deltas;
    private long longest;

    /** What snapshots are taken of, where its bytes lie, and where they go. */
    record Subject(VolumeRecord volume, Path file, PoolRecord store) {}

    Campaign(
            Path work,
            Platform platform,
            HvKit hvkit,
            RunningDisk disk,
            GuestConsole console,
            Subject subject,
            Random random) {
        this.work = work;
        this.platform = platform;
        this.hvkit = hvkit;
        this.disk = disk;
        this.console = console;
        this.subject = subject;
        this.random = random;
    }

    /** Takes so many, and kills so many of the processes that do. */
    void run(int count, int kills) throws InterruptedException, IOException {
        for (int number = 1; number <= count; number++) {
            String name = "s" + (number < 10 ? "0" : "") + number;
            boolean isToDie = deaths.size() < kills && number > count * deaths.size() / kills + 1;
            console.awaitAcknowledged(console.acknowledged() + RECORDS, PATIENCE);
            disk.hold();
            contents.put(name, new HashSet<>(Set.of(now())));
            if (isToDie) {
                takeAndDie(name);
            } else {
                take(name);
            }
            note(name);
        }
    }

    private DiskContent now() throws InterruptedException, IOException {
        return disk.content(subject.volume, subject.file);
    }

    private SnapshotRequest request(String name) {
        return SnapshotRequest.named(name, subject.store.id()).limitedTo(new ChainLimit(LONGEST));
    }

    private void take(String name) throws InterruptedException {
        Set<CheckpointId> before = disk.moments();
        // tag::take[]
        Job<RecordId<SnapshotRecord>> take = hvkit.snapshots().take(subject.volume.id(), request(name));
        // end::take[]
        awaitBegun(
                before,
                () -> hvkit.jobs().open().stream()
                        .noneMatch(operation -> operation.id().equals(take.id())));
        disk.release();
        for (RecordId<SnapshotRecord> victim : victims()) {
            boolean isUnderWay = hvkit.jobs().open().stream()
                    .anyMatch(operation -> operation.id().equals(take.id()));
            // tag::delete[]
            hvkit.snapshots().delete(victim).await();
            // end::delete[]
            deleted++;
            meanwhile += isUnderWay ? 1 : 0;
        }
        take.await();
    }

    private void awaitBegun(Set<CheckpointId> before, Await.Condition isOver) throws InterruptedException {
        Await.until("the moment of the snapshot", PATIENCE, () -> isOver.holds() || !before.containsAll(moments()));
    }

    /** While libvirt forgets a checkpoint, it may fail to list the others; then nobody knows yet. */
    private Set<CheckpointId> moments() throws InterruptedException {
        try {
            return disk.moments();
        } catch (DriverException e) {
            return Set.of();
        }
    }

    /** Another process does it; it is killed, and what it left is finished here while the guest is held again. */
    private void takeAndDie(String name) throws InterruptedException, IOException {
        Set<CheckpointId> before = disk.moments();
        List<RecordId<SnapshotRecord>> victims = victims();
        try (KilledProcess process =
                KilledProcess.start(hvkit, work.resolve("process-" + name), program(name, victims))) {
            die(process, name, before);
        }
        if (hvkit.snapshots().list(subject.volume.id()).stream()
                .noneMatch(one -> one.name().equals(name))) {
            hvkit.snapshots().take(subject.volume.id(), request(name)).await(); // it was taken back
        }
        for (RecordId<SnapshotRecord> victim : victims) {
            hvkit.snapshots().delete(victim).await(); // it may not have come to this
            deleted++;
        }
        disk.release();
    }

    private void die(KilledProcess process, String name, Set<CheckpointId> before)
            throws InterruptedException, IOException {
        String step = DEATHS.get(deaths.size() % DEATHS.size());
        if (step.equals("write")) {
            awaitBegun(before, () -> !process.isAlive());
            disk.release();
        }
        if (process.killAt(step)) {
            deaths.add(step);
        }
        if (step.equals("write")) {
            disk.hold();
        }
        contents.getOrDefault(name, new HashSet<>()).add(now());
        verdicts.addAll(process.recover());
    }

    private List<String> program(String name, List<RecordId<SnapshotRecord>> victims) {
        List<String> words = new ArrayList<>(List.of(
                SnapshotProgram.class.getName(),
                platform.database(),
                platform.masterKeys().toString(),
                subject.volume.id().value(),
                subject.store.id().value(),
                name,
                Integer.toString(LONGEST)));
        victims.forEach(victim -> words.add(victim.value()));
        return words;
    }

    /** Returns one that is to go, or none as long as there are few. */
    private List<RecordId<SnapshotRecord>> victims() throws InterruptedException {
        List<Snapshot> living = living();
        return living.size() < SPARED
                ? List.of()
                : List.of(living.get(random.nextInt(living.size())).id());
    }

    /** Returns those that their user still has, the oldest first. */
    List<Snapshot> living() throws InterruptedException {
        return hvkit.snapshots().list(subject.volume.id()).stream()
                .filter(one -> one.state() == State.BACKED_UP)
                .toList();
    }

    private void note(String name) throws InterruptedException {
        for (Snapshot one : hvkit.snapshots().list(subject.volume.id())) {
            longest = Math.max(longest, one.layers());
            deltas += one.name().equals(name) && one.layers() > 1 ? 1 : 0;
        }
    }

    /** Says where what came of a snapshot differs from what was there; nothing if it does not. */
    Optional<String> difference(Snapshot snapshot, DiskContent restored) {
        Set<DiskContent> possible = contents.getOrDefault(snapshot.name(), Set.of());
        return possible.contains(restored)
                ? Optional.empty()
                : Optional.of(
                        possible.stream().map(one -> one.difference(restored)).collect(Collectors.joining("; or ")));
    }

    boolean holds(int count, int kills) {
        boolean isRecovered = verdicts.size() >= kills && !verdicts.contains(Verdict.HALTED);
        return contents.size() == count
                && longest <= LONGEST
                && deaths.size() == kills
                && meanwhile > 0
                && deltas > 0
                && isRecovered;
    }

    @Override
    public String toString() {
        return contents.size() + " taken, " + deltas + " of them as what was written since, chains of " + longest
                + " layers at most; " + deleted + " deleted, " + meanwhile + " beside a backup that ran; kill -9 at "
                + deaths
                + ", recovery: " + verdicts;
    }
}
