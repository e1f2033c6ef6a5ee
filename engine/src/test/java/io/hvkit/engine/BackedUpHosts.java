package io.hvkit.engine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.Progress;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.Support;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BackupDisk;
import io.hvkit.hypervisor.spi.BackupJob;
import io.hvkit.hypervisor.spi.BackupRequest;
import io.hvkit.hypervisor.spi.ChangeTracking;
import io.hvkit.hypervisor.spi.Checkpoint;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBackups;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.hypervisor.spi.TrackedDisk;
import io.hvkit.hypervisor.spi.Tracking;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.testkit.endpoint.InMemoryStorageHost;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A host with one machine, to whose first disk its guest writes what a test says, and to further ones nothing. Its backups are written a
 * sector at a glance, to images of a host in memory, and go on whatever process looks at them.
 */
final class BackedUpHosts implements HypervisorDriver {

    static final HypervisorType TYPE = HypervisorType.named("backed-up", "Backed up")
            .offering(HypervisorFeature.ENCRYPTED_DISKS, Support.NATIVE)
            .offering(HypervisorFeature.MACHINE_SNAPSHOTS, Support.NATIVE)
            .offering(HypervisorFeature.CHANGE_TRACKING, Support.NATIVE)
            .offering(HypervisorFeature.DISK_BACKUPS, Support.NATIVE);

    static final int SECTOR = 512;

    /** What becomes of backups. */
    enum Course {
        /** They end well. */
        STEADY,
        /** They end badly, half-way. */
        FAILING,
        /** Nobody can say how they end. */
        VANISHING,
        /** They write everything, whatever was asked for. */
        FULL_ALL_THE_SAME
    }

    private final InMemoryStorageHost files;
    private final Map<CheckpointId, Noted> checkpoints = new LinkedHashMap<>();
    private final Map<VolumeId, byte[]> further = new LinkedHashMap<>();
    private Optional<Machine> machine = Optional.empty();
    private Optional<MachineSnapshot> frozen = Optional.empty();
    private byte[] disk = new byte[0];
    private volatile Optional<Job> running = Optional.empty();
    private Course course = Course.STEADY;
    private BackupJob.Consistency consistency = BackupJob.Consistency.POWER_CUT;
    private int cancelled;
    private final AtomicInteger refused = new AtomicInteger();
    private Runnable atEachGlance = () -> {};

    BackedUpHosts(InMemoryStorageHost files) {
        this.files = files;
    }

    void take(Course wanted) {
        course = wanted;
    }

    /** Makes backups say from now on what file systems of the guest are like in them. */
    void promise(BackupJob.Consistency wanted) {
        consistency = wanted;
    }

    /** Does something each time somebody waits for a backup. */
    void atEachGlance(Runnable wanted) {
        atEachGlance = wanted;
    }

    /** Starts the machine; the disk holds what is given. */
    void run(MachineId id, MachineDisk has, byte[] content) {
        machine = Optional.of(Machine.of(id, id.value(), MachineState.RUNNING).with(List.of(has)));
        disk = content.clone();
    }

    /** Gives the machine a further disk, which holds what is given. */
    void add(MachineDisk has, byte[] content) {
        List<MachineDisk> disks = new ArrayList<>(machine.orElseThrow().disks());
        disks.add(has);
        machine = machine.map(known -> known.with(disks));
        further.put(has.volume(), content.clone());
    }

    /** Has an overlay over the machine's first disk since a snapshot. */
    void freeze(SnapshotId name, MachineDisk overlay) {
        MachineDisk below = machine.orElseThrow().disks().get(0);
        frozen = Optional.of(
                new MachineSnapshot(name, List.of(new SnapshotDisk(below, overlay, SnapshotDisk.Content.INTACT))));
    }

    /** Ends the machine, which the host forgets; returns what its disk holds. */
    byte[] end() {
        machine = Optional.empty();
        running = Optional.empty();
        checkpoints.clear();
        further.clear();
        return disk.clone();
    }

    /** The guest writes one sector. */
    void write(int sector, byte value) {
        Arrays.fill(disk, sector * SECTOR, (sector + 1) * SECTOR, value);
        checkpoints.values().stream()
                .filter(noted -> !further.containsKey(noted.volume))
                .forEach(noted -> noted.changed.set(sector));
    }

    byte[] disk() {
        return disk.clone();
    }

    Set<CheckpointId> checkpoints() {
        return Set.copyOf(checkpoints.keySet());
    }

    /** Returns how many times somebody asked a backup to end. */
    int cancelled() {
        return cancelled;
    }

    /** Returns how many backups were refused because another one ran. */
    int refused() {
        return refused.get();
    }

    boolean isBackingUp() {
        return running.isPresent();
    }

    /** Loses all notes, as a crash does. */
    void loseNotes() {
        checkpoints.clear();
    }

    @Override
    public Set<HypervisorType> types() {
        return Set.of(TYPE);
    }

    @Override
    public SpiVersion builtAgainst() {
        return new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);
    }

    @Override
    public Set<Option<?>> options() {
        return Set.of();
    }

    @Override
    public Hypervisor open(HostId id, HypervisorType type, Options options) {
        return new Host(id);
    }

    /** What was written of a disk since a checkpoint. */
    private static final class Noted {
        private final VolumeId volume;
        private final BitSet changed = new BitSet();

        Noted(VolumeId volume) {
            this.volume = volume;
        }
    }

    /** One sector as it was at the moment of a backup. */
    private static final class Written {
        private final int sector;
        private final byte[] bytes;

        Written(int sector, byte[] bytes) {
            this.sector = sector;
            this.bytes = bytes;
        }
    }

    private final class Host implements Hypervisor {
        private final HostId id;

        Host(HostId id) {
            this.id = id;
        }

        @Override
        public HostId host() {
            return id;
        }

        @Override
        public Features<HypervisorFeature> features() {
            return TYPE.features();
        }

        @Override
        public Machine start(MachineSpec spec) {
            throw DriverException.because(Failure.UNSUPPORTED).message("a test starts the machine");
        }

        @Override
        public void stop(MachineId stopped, StopMode mode) {
            throw DriverException.because(Failure.UNSUPPORTED).message("a test ends the machine");
        }

        @Override
        public List<Machine> list() {
            return machine.stream().toList();
        }

        @Override
        public Optional<ChangeTracking> changeTracking() {
            return Optional.of(new Notes());
        }

        @Override
        public Optional<DiskBackups> diskBackups() {
            return Optional.of(new Backups());
        }

        /** Snapshots with overlays, which a test makes: all that is asked here is which there are. */
        @Override
        public Optional<MachineSnapshots> machineSnapshots() {
            Object overlays = Proxy.newProxyInstance(
                    MachineSnapshots.class.getClassLoader(),
                    new Class<?>[] {MachineSnapshots.class},
                    (proxy, method, arguments) -> {
                        if (method.getName().equals("list")) {
                            return frozen.stream().toList();
                        }
                        throw DriverException.because(Failure.UNSUPPORTED).message("a test freezes disks");
                    });
            return Optional.of(MachineSnapshots.class.cast(overlays));
        }

        @Override
        public void close() {}
    }

    private Machine require(MachineId id) {
        return machine.filter(known -> known.id().equals(id))
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND).message("no machine %s runs", id));
    }

    private final class Notes implements ChangeTracking {
        @Override
        public Checkpoint begin(MachineId id, CheckpointId checkpoint, Set<VolumeId> disks) {
            throw DriverException.because(Failure.UNSUPPORTED).message("backups begin checkpoints here");
        }

        @Override
        public List<Checkpoint> list(MachineId id) {
            Machine unused = require(id);
            return checkpoints.entrySet().stream()
                    .map(entry -> new Checkpoint(
                            entry.getKey(),
                            Instant.EPOCH,
                            List.of(new TrackedDisk(
                                    entry.getValue().volume, new Tracking.Whole(changed(entry.getValue().changed))))))
                    .toList();
        }

        private ByteSize changed(BitSet bits) {
            return ByteSize.bytes((long) bits.cardinality() * SECTOR);
        }

        @Override
        public void forget(MachineId id, CheckpointId checkpoint) {
            checkpoints.remove(checkpoint);
        }
    }

    private final class Backups implements DiskBackups {
        @Override
        public BackupJob start(MachineId id, BackupRequest request) {
            Machine unused = require(id);
            if (running.isPresent()) {
                if (running.get().isTo(request)) {
                    return running.get();
                }
                refused.incrementAndGet();
                throw DriverException.because(Failure.OPERATION_PENDING)
                        .effect(Effect.NOT_APPLIED)
                        .message("machine %s is being backed up", id);
            }
            if (checkpoints.containsKey(request.checkpoint())) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .effect(Effect.NOT_APPLIED)
                        .message("there is a checkpoint %s", request.checkpoint());
            }
            Job job = new Job(request.images().keySet().iterator().next(), request);
            running = Optional.of(job);
            return job;
        }

        @Override
        public Optional<BackupJob> running(MachineId id) {
            return running.map(BackupJob.class::cast);
        }
    }

    private final class Job implements BackupJob {
        private final BackupRequest request;
        private final List<BackupDisk> disks;
        private final byte[] content;
        private final Disk image;
        private final Optional<Secret> key;
        private final List<Written> left;
        private final int all;
        private Optional<JobVerdict> verdict = Optional.empty();

        Job(VolumeId volume, BackupRequest request) {
            this.request = request;
            this.content = further.getOrDefault(volume, disk).clone();
            this.image = Optional.ofNullable(request.images().get(volume)).orElseThrow();
            this.key = image.key().map(Secret::copy);
            requireEmpty();
            Optional<BitSet> since = request.since()
                    .map(checkpoints::get)
                    .filter(noted -> course != Course.FULL_ALL_THE_SAME)
                    .map(noted -> (BitSet) noted.changed.clone());
            this.disks = List.of(new BackupDisk(
                    volume,
                    since.flatMap(changed -> request.since()),
                    since.isPresent() ? BackupDisk.Why.NOTES_WHOLE : BackupDisk.Why.FULL_ASKED,
                    "as a test has it"));
            BitSet whole = new BitSet();
            whole.set(0, content.length / SECTOR);
            this.left = new ArrayList<>();
            since.orElse(whole).stream()
                    .forEach(at ->
                            left.add(new Written(at, Arrays.copyOfRange(content, at * SECTOR, (at + 1) * SECTOR))));
            this.all = left.size();
            checkpoints.put(request.checkpoint(), new Noted(volume));
        }

        private void requireEmpty() {
            for (byte each : files.read(opened(), 0, content.length)) {
                if (each != 0) {
                    throw DriverException.because(Failure.INVALID_REQUEST)
                            .effect(Effect.NOT_APPLIED)
                            .message("%s holds something", image);
                }
            }
        }

        private DiskImage opened() {
            DiskImage bare = DiskImage.at(image.attachment(), ImageFormat.QCOW2);
            return key.map(bare::unlockedBy).orElse(bare);
        }

        boolean isTo(BackupRequest other) {
            return request.images().values().stream()
                    .map(Disk::attachment)
                    .toList()
                    .equals(other.images().values().stream()
                            .map(Disk::attachment)
                            .toList());
        }

        @Override
        public List<BackupDisk> disks() {
            return disks;
        }

        @Override
        public Consistency consistency() {
            return consistency;
        }

        @Override
        public Optional<String> whyNotQuiesced() {
            return Optional.empty();
        }

        @Override
        public Progress progress() {
            return new Progress(
                    "copying",
                    ByteSize.bytes((long) (all - left.size()) * SECTOR),
                    ByteSize.bytes((long) all * SECTOR));
        }

        @Override
        public Optional<JobVerdict> await(Duration limit) throws InterruptedException {
            atEachGlance.run();
            if (Thread.interrupted()) {
                throw new InterruptedException("while a backup ran");
            }
            if (verdict.isEmpty() && course == Course.FAILING && left.size() <= all / 2) {
                checkpoints.remove(request.checkpoint());
                over(new JobVerdict.Failed(Failure.EXHAUSTED, "no room"));
            } else if (verdict.isEmpty() && course == Course.VANISHING && left.size() <= all / 2) {
                over(new JobVerdict.Vanished("nobody was there"));
            } else if (verdict.isEmpty() && left.isEmpty()) {
                over(new JobVerdict.Succeeded(List.of()));
            } else if (verdict.isEmpty()) {
                Written next = left.remove(0);
                files.write(opened(), (long) next.sector * SECTOR, next.bytes);
            }
            return verdict;
        }

        @Override
        public void cancel() {
            cancelled++;
            if (verdict.isEmpty()) {
                checkpoints.remove(request.checkpoint());
                over(new JobVerdict.Cancelled());
            }
        }

        private void over(JobVerdict how) {
            verdict = Optional.of(how);
            running = Optional.empty();
        }
    }
}
