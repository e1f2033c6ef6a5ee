package io.hvkit.engine.internal.operation;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** The outside world in tests: things that are there or not, a word on each call, and mishaps that are planted. */
final class Outside {

    /** What goes wrong with a call. */
    enum Mishap {
        /** It fails and has done nothing. */
        REFUSED(Failure.EXHAUSTED, Effect.NOT_APPLIED),
        /** It fails, having done its work, and does not say so. */
        ANSWER_LOST(Failure.TIMED_OUT, Effect.UNKNOWN),
        /** It fails, having done nothing, and does not say so. */
        CALL_LOST(Failure.UNREACHABLE, Effect.UNKNOWN);

        private final Failure failure;
        private final Effect effect;

        Mishap(Failure failure, Effect effect) {
            this.failure = failure;
            this.effect = effect;
        }
    }

    /** Where a call stands still. */
    private record Gate(CountDownLatch arrived, CountDownLatch opened) {}

    /** The names of the files in a folder. */
    private static final class FileNames extends AbstractSet<String> {
        private final Path folder;

        FileNames(Path folder) {
            this.folder = folder;
        }

        @Override
        public boolean add(String name) {
            try {
                Files.createDirectories(folder);
                return folder.resolve(name).toFile().createNewFile();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public boolean remove(Object name) {
            return folder.resolve(name.toString()).toFile().delete();
        }

        @Override
        public Iterator<String> iterator() {
            return names().iterator();
        }

        @Override
        public int size() {
            return names().size();
        }

        private List<String> names() {
            String[] names = folder.toFile().list();
            return names == null ? List.of() : List.of(names);
        }
    }

    private final Set<String> things;
    private final List<String> calls;
    private final Map<String, Mishap> mishaps;
    private final Map<String, Gate> gates;
    private final Runnable around;

    Outside() {
        this(
                new ConcurrentSkipListSet<>(),
                new CopyOnWriteArrayList<>(),
                new ConcurrentHashMap<>(),
                new ConcurrentHashMap<>(),
                () -> {});
    }

    /** Returns the world of a folder, in which each thing is a file. */
    static Outside in(Path folder) {
        return new Outside(
                new FileNames(folder),
                new CopyOnWriteArrayList<>(),
                new ConcurrentHashMap<>(),
                new ConcurrentHashMap<>(),
                () -> {});
    }

    private Outside(
            Set<String> things,
            List<String> calls,
            Map<String, Mishap> mishaps,
            Map<String, Gate> gates,
            Runnable around) {
        this.things = things;
        this.calls = calls;
        this.mishaps = mishaps;
        this.gates = gates;
        this.around = around;
    }

    /** Returns the same world as a process sees it to which something happens before and after each call. */
    Outside with(Runnable happening) {
        return new Outside(things, calls, mishaps, gates, happening);
    }

    /** Returns the same world as a process sees it that no call blocks. */
    Outside unblocked() {
        return new Outside(things, calls, mishaps, new ConcurrentHashMap<>(), around);
    }

    /** Plants a mishap for one call, such as {@code make disk}. */
    void plant(String call, Mishap mishap) {
        mishaps.put(call, mishap);
    }

    /** Takes a mishap away. */
    void mend(String call) {
        mishaps.remove(call);
    }

    /** Makes a call block until it is {@linkplain #open opened} or interrupted. */
    void block(String call) {
        gates.put(call, new Gate(new CountDownLatch(1), new CountDownLatch(1)));
    }

    /** Waits until a call that blocks has begun. */
    void awaitArrival(String call) throws InterruptedException {
        gate(call).arrived.await();
    }

    void open(String call) {
        gate(call).opened.countDown();
    }

    void make(String thing) throws InterruptedException {
        call("make " + thing, () -> things.add(thing));
    }

    void remove(String thing) throws InterruptedException {
        call("remove " + thing, () -> things.remove(thing));
    }

    boolean has(String thing) throws InterruptedException {
        call("look for " + thing, () -> {});
        return things.contains(thing);
    }

    SortedSet<String> things() {
        return new TreeSet<>(things);
    }

    List<String> calls() {
        return new ArrayList<>(calls);
    }

    private Gate gate(String call) {
        return Optional.ofNullable(gates.get(call)).orElseThrow();
    }

    private void call(String call, Runnable work) throws InterruptedException {
        around.run();
        calls.add(call);
        if (gates.containsKey(call)) {
            gate(call).arrived.countDown();
            gate(call).opened.await();
        }
        Mishap mishap = mishaps.get(call);
        if (mishap == null || mishap == Mishap.ANSWER_LOST) {
            work.run();
        }
        around.run();
        if (mishap != null) {
            throw DriverException.because(mishap.failure)
                    .effect(mishap.effect)
                    .message("%s: %s", call, mishap.name().replace('_', ' '));
        }
    }
}
