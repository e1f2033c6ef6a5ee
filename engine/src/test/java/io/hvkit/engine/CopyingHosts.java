package io.hvkit.engine;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.Progress;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.Support;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Hosts in memory that take their time to copy a disk, and copy what was written to it; what they do outlives every process. */
final class CopyingHosts implements HypervisorDriver {

    /** What becomes of copies. */
    enum Course {
        /** They are complete after a while. */
        STEADY,
        /** They never are. */
        ENDLESS,
        /** Somebody else cancels them. */
        CANCELLED_BY_OTHERS,
        /** The machine is switched, and nobody hears of it. */
        SWITCH_UNHEARD,
        /** The machine is not switched, and nobody hears of it. */
        SWITCH_LOST
    }

    private static final int GLANCES = 2;

    private final InMemoryHypervisorDriver memory = new InMemoryHypervisorDriver();
    private final Map<String, Copy> copies = new ConcurrentHashMap<>();
    private final Map<MachineId, AtomicInteger> calls = new ConcurrentHashMap<>();
    private final AtomicInteger most = new AtomicInteger();
    private final List<Optional<ByteSize>> limits = new CopyOnWriteArrayList<>();
    private final Set<HypervisorFeature> lacking = ConcurrentHashMap.newKeySet();
    private volatile Course course = Course.STEADY;
    private volatile Duration pause = Duration.ZERO;
    private volatile Runnable whenReady = () -> {};
    private final AtomicInteger silences = new AtomicInteger();
    private volatile Runnable whenSwitched = () -> {};

    /** What is known of a copy, whoever asks. */
    private static final class Copy {
        private final Path from;
        private final Path to;
        private int glances;

        Copy(Path from, Path to) {
            this.from = from;
            this.to = to;
        }
    }

    InMemoryHypervisorDriver memory() {
        return memory;
    }

    void take(Course wanted) {
        course = wanted;
    }

    @Override
    public Set<HypervisorType> types() {
        return memory.types();
    }

    @Override
    public SpiVersion builtAgainst() {
        return memory.builtAgainst();
    }

    @Override
    public Set<Option<?>> options() {
        return memory.options();
    }

    @Override
    public Hypervisor open(HostId id, HypervisorType type, Options options) {
        Hypervisor host = memory.open(id, type, options);
        return (Hypervisor) Proxy.newProxyInstance(
                Hypervisor.class.getClassLoader(), new Class<?>[] {Hypervisor.class}, (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(host, arguments);
                        return switch (method.getName()) {
                            case "liveDiskMigration" ->
                                ((Optional<?>) result).map(known -> new Slow(host, (LiveDiskMigration) known));
                            case "features" -> offered(host.features());
                            default -> result;
                        };
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private Features<HypervisorFeature> offered(Features<HypervisorFeature> features) {
        Features<HypervisorFeature> left = features;
        for (HypervisorFeature feature : lacking) {
            left = left.with(feature, Support.NONE);
        }
        return left;
    }

    /** Takes something from what hosts offer. */
    void lack(HypervisorFeature feature) {
        lacking.add(feature);
    }

    /** Returns how much each move was to copy in a second together with others, in the order in which they were asked for. */
    List<Optional<ByteSize>> limits() {
        return limits;
    }

    private interface Call<T> {
        T run() throws InterruptedException;
    }

    /** Counts how many calls about one machine there are at once; each takes its time. */
    private <T> T alone(MachineId machine, Call<T> call) throws InterruptedException {
        AtomicInteger now = calls.computeIfAbsent(machine, absent -> new AtomicInteger());
        most.accumulateAndGet(now.incrementAndGet(), Math::max);
        try {
            Thread.sleep(pause.toMillis());
            return call.run();
        } finally {
            now.decrementAndGet();
        }
    }

    /** Does something when a copy has become ready, before anybody hears of it. */
    void whenReady(Runnable wanted) {
        whenReady = wanted;
    }

    /** Lets so many looks for a copy find nobody there. */
    void beSilent(int times) {
        silences.set(times);
    }

    /** Does something right after a machine was switched. */
    void whenSwitched(Runnable wanted) {
        whenSwitched = wanted;
    }

    /** Makes each begin of a copy take so long. */
    void begin(Duration slowly) {
        pause = slowly;
    }

    /** Returns how many calls about one machine there were at once. */
    int mostAtOnce() {
        return most.get();
    }

    private final class Slow implements LiveDiskMigration {
        private final Hypervisor host;
        private final LiveDiskMigration real;

        Slow(Hypervisor host, LiveDiskMigration real) {
            this.host = host;
            this.real = real;
        }

        @Override
        public BlockJob start(MachineId machine, VolumeId disk, DiskMove move) throws InterruptedException {
            Optional<Path> from = host.find(machine).stream()
                    .flatMap(known -> known.disks().stream())
                    .filter(known -> known.volume().equals(disk))
                    .map(MachineDisk::attachment)
                    .map(Attachment::requirePath)
                    .findAny();
            limits.add(move.sharedBandwidth());
            boolean isFresh = real.find(machine, disk).isEmpty();
            BlockJob job = alone(machine, () -> real.start(machine, disk, move));
            if (from.isPresent() && isFresh) {
                Path to = move.target().attachment().requirePath();
                copies.put(machine + " " + disk, new Copy(from.get(), to));
            }
            return slow(machine, disk, job);
        }

        @Override
        public Optional<BlockJob> find(MachineId machine, VolumeId disk) throws InterruptedException {
            if (silences.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw DriverException.because(Failure.UNREACHABLE)
                        .effect(Effect.NOT_APPLIED)
                        .message("the host does not answer");
            }
            return real.find(machine, disk).map(job -> slow(machine, disk, job));
        }

        private BlockJob slow(MachineId machine, VolumeId disk, BlockJob job) {
            Copy copy = copies.get(machine + " " + disk);
            return copy == null ? job : new SlowJob(job, copy);
        }
    }

    private final class SlowJob implements BlockJob {
        private final BlockJob real;
        private final Copy copy;

        SlowJob(BlockJob real, Copy copy) {
            this.real = real;
            this.copy = copy;
        }

        @Override
        public BlockJobPhase phase() {
            if (real.phase() == BlockJobPhase.ENDED) {
                return BlockJobPhase.ENDED;
            }
            synchronized (copy) {
                return copy.glances < GLANCES || course == Course.ENDLESS ? BlockJobPhase.COPYING : BlockJobPhase.READY;
            }
        }

        @Override
        public Progress progress() throws InterruptedException {
            return real.progress();
        }

        @Override
        public BlockJobPhase awaitReady(Duration limit) throws InterruptedException {
            if (course == Course.ENDLESS) {
                Thread.sleep(limit.toMillis());
            }
            if (course == Course.CANCELLED_BY_OTHERS) {
                real.cancel();
            }
            synchronized (copy) {
                copy.glances++;
            }
            BlockJobPhase phase = phase();
            if (phase == BlockJobPhase.READY) {
                whenReady.run();
            }
            return phase;
        }

        @Override
        public Optional<JobVerdict> await(Duration limit) throws InterruptedException {
            return real.await(limit);
        }

        @Override
        public void pivot() throws InterruptedException {
            if (phase() == BlockJobPhase.COPYING) {
                throw DriverException.because(Failure.INVALID_REQUEST).message("the copy is not ready yet");
            }
            if (phase() == BlockJobPhase.READY) {
                try {
                    FileBackedStorage.write(copy.to, FileBackedStorage.read(copy.from));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            if (course != Course.SWITCH_LOST) {
                real.pivot();
                whenSwitched.run();
            }
            if (course == Course.SWITCH_LOST || course == Course.SWITCH_UNHEARD) {
                throw DriverException.because(Failure.UNREACHABLE).message("the host did not answer");
            }
        }

        @Override
        public void cancel() throws InterruptedException {
            real.cancel();
        }
    }
}
