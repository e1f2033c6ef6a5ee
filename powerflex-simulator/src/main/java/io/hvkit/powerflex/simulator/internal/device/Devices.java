package io.hvkit.powerflex.simulator.internal.device;

import io.hvkit.powerflex.simulator.control.SimulatorClock;
import io.hvkit.powerflex.simulator.control.Timing;
import io.hvkit.powerflex.simulator.control.Timing.Span;
import io.hvkit.powerflex.simulator.internal.array.Backing;
import io.hvkit.powerflex.simulator.internal.array.Mapping;
import io.hvkit.powerflex.simulator.internal.array.Sdc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** The devices of one system: its volumes' bytes, and when which host sees them. Any thread may use it. */
public final class Devices implements Backing, AutoCloseable {

    /** How hosts see volumes. */
    public enum Kind {
        /** The links lead to files. */
        FILES,
        /** The links lead to loop devices, one for each mapping. */
        LOOP_DEVICES
    }

    /** What shall happen, and when. */
    private record Due(Instant when, Place place, Runnable what) {}

    private record Place(String host, long volume) {}

    private static final System.Logger LOG = System.getLogger(Devices.class.getName());

    private final ReentrantLock lock = new ReentrantLock();
    private final long system;
    private final SparseFiles files;
    private final Hosts hosts;
    private final Kind kind;
    private final SimulatorClock clock;
    private final Timing timing;
    private final List<Due> schedule = new ArrayList<>();
    private final Map<Place, Path> seen = new HashMap<>();

    public Devices(long system, Path home, Path folder, Hosts hosts, Kind kind, SimulatorClock clock, Timing timing) {
        this.system = system;
        this.files = new SparseFiles(folder, home.resolve("copying"));
        this.hosts = hosts;
        this.kind = kind;
        this.clock = clock;
        this.timing = timing;
    }

    /** Returns where a volume's bytes are. */
    public Path file(long volume) {
        return files.file(volume);
    }

    @Override
    public Map<Long, Long> recover(Map<Long, Long> bytes) {
        return files.recover(bytes);
    }

    @Override
    public void create(long volume, long bytes) {
        files.create(volume, bytes);
    }

    @Override
    public void copy(long source, long target) {
        flush(source);
        files.copy(source, target);
    }

    @Override
    public void overwrite(long source, long target, long bytes) {
        flush(source);
        flush(target);
        files.overwrite(source, target, bytes);
        flush(target);
    }

    @Override
    public void grow(long volume, long bytes) {
        files.resize(volume, bytes);
        for (Place place : placesOf(volume)) {
            plan(Span.DEVICE_APPEARS, place, () -> loop(place, "--set-capacity"));
        }
    }

    @Override
    public void delete(long volume) {
        files.delete(volume);
    }

    @Override
    public Map<Long, Long> allocated() {
        return files.allocated();
    }

    @Override
    public void mapped(long volume, Mapping mapping) {
        Place place = new Place(mapping.sdc().host(), volume);
        cancel(place);
        plan(Span.DEVICE_APPEARS, place, () -> show(place, mapping.accessMode()));
    }

    @Override
    public void unmapped(long volume, Sdc sdc) {
        Place place = new Place(sdc.host(), volume);
        cancel(place);
        plan(Span.DEVICE_VANISHES, place, () -> hide(place));
    }

    /** Does what is due. */
    public void settle() {
        lock.lock();
        try {
            Instant now = clock.instant();
            List<Due> due =
                    schedule.stream().filter(one -> !one.when.isAfter(now)).toList();
            schedule.removeAll(due);
            due.forEach(Devices::attempt);
        } finally {
            lock.unlock();
        }
    }

    /** Takes away every device; the files stay. */
    @Override
    public void close() {
        lock.lock();
        try {
            schedule.clear();
            List.copyOf(seen.keySet()).forEach(this::hide);
        } finally {
            lock.unlock();
        }
    }

    private static void attempt(Due due) {
        try {
            due.what.run();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "a device of " + due.place + " fails", e);
        }
    }

    private void plan(Span span, Place place, Runnable what) {
        lock.lock();
        try {
            Duration delay = timing.of(span);
            schedule.add(new Due(clock.instant().plus(delay), place, what));
        } finally {
            lock.unlock();
        }
        settle();
    }

    private void cancel(Place place) {
        lock.lock();
        try {
            schedule.removeIf(due -> due.place.equals(place));
        } finally {
            lock.unlock();
        }
    }

    private List<Place> placesOf(long volume) {
        lock.lock();
        try {
            return seen.keySet().stream()
                    .filter(place -> place.volume == volume)
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    private void show(Place place, String accessMode) {
        Path old = seen.get(place);
        if (accessMode.equals("NoAccess") || !Files.exists(files.file(place.volume))) {
            hide(place);
            return;
        }
        Path target = kind == Kind.FILES ? files.file(place.volume) : attach(place.volume, accessMode);
        seen.put(place, target);
        hosts.link(place.host, system, place.volume, target);
        if (old != null && kind == Kind.LOOP_DEVICES) {
            Tool.run("losetup", "--detach", old.toString());
        }
    }

    private void hide(Place place) {
        Path target = seen.remove(place);
        if (target != null) {
            hosts.unlink(place.host, system, place.volume);
            if (kind == Kind.LOOP_DEVICES) {
                Tool.run("losetup", "--detach", target.toString());
            }
        }
    }

    private Path attach(long volume, String accessMode) {
        String file = files.file(volume).toString();
        String device = accessMode.equals("ReadOnly")
                ? Tool.run("losetup", "--find", "--show", "--read-only", file)
                : Tool.run("losetup", "--find", "--show", file);
        return Path.of(device.strip());
    }

    private void loop(Place place, String option) {
        Path device = seen.get(place);
        if (device != null && kind == Kind.LOOP_DEVICES) {
            Tool.run("losetup", option, device.toString());
        }
    }

    /**
     * Brings what hosts wrote to loop devices into the file, and has them read it anew: each device has a cache of its own, as
     * hosts do.
     */
    private void flush(long volume) {
        if (kind == Kind.FILES) {
            return;
        }
        lock.lock();
        try {
            seen.forEach((place, device) -> {
                if (place.volume == volume) {
                    Tool.run("blockdev", "--flushbufs", device.toString());
                }
            });
        } finally {
            lock.unlock();
        }
    }
}
