package io.hvkit.qemu.internal;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** A process and all that it started, ended together. */
public final class ProcessTree {

    private static final Duration DEATH_LIMIT = Duration.ofSeconds(5);
    private static final int ROUNDS = 20;
    private static final int STATE = 0; // of the fields after the name
    private static final int THREADS = 17;

    private final ProcessHandle root;

    private ProcessTree(ProcessHandle root) {
        this.root = root;
    }

    /** Returns the tree below {@code root}. */
    public static ProcessTree of(ProcessHandle root) {
        return new ProcessTree(root);
    }

    /**
     * Kills them all and waits, at most some seconds, until they are gone. They are stopped first, so that none starts another
     * one while its family is being counted.
     *
     * @return the ids of those that would not die
     */
    public List<Long> kill() {
        Set<ProcessHandle> family = stopped();
        family.forEach(ProcessHandle::destroyForcibly);
        root.destroyForcibly();
        long deadline = System.nanoTime() + DEATH_LIMIT.toNanos();
        boolean interrupted = false;
        while (family.stream().anyMatch(ProcessTree::lives) && System.nanoTime() - deadline < 0) {
            interrupted |= Thread.interrupted();
            LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return family.stream()
                .filter(ProcessTree::lives)
                .map(ProcessHandle::pid)
                .toList();
    }

    private Set<ProcessHandle> stopped() {
        Set<ProcessHandle> family = new LinkedHashSet<>(Set.of(root));
        stop(root);
        for (int round = 0; round < ROUNDS; round++) {
            List<ProcessHandle> found = root.descendants().filter(family::add).toList();
            if (found.isEmpty()) {
                break;
            }
            found.forEach(ProcessTree::stop);
        }
        return family;
    }

    private static void stop(ProcessHandle process) {
        Optional<Libc> libc = Libc.load();
        if (libc.isPresent() && process.isAlive()) {
            try {
                libc.get().kill(Math.toIntExact(process.pid()), Libc.SIGSTOP);
            } catch (LastErrorException e) {
                return; // it is gone, or not ours; killing it will tell
            }
        }
    }

    private static boolean lives(ProcessHandle process) {
        if (!process.isAlive()) {
            return false;
        }
        try {
            return works(Files.readString(
                    Path.of("/proc", Long.toString(process.pid()), "stat"), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return process.isAlive(); // it ended just now, or there is no /proc
        }
    }

    /**
     * Returns whether a process may still do something. A zombie may not: all that it lacks is a parent that asks for its exit
     * code. But a process whose first thread is dead shows as a zombie too, while its other threads finish a write, and its files
     * stay open and locked until they have.
     *
     * @param stat what {@code /proc/<pid>/stat} says; proc(5)
     */
    static boolean works(String stat) {
        List<String> fields =
                List.of(stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1));
        return !fields.get(STATE).equals("Z") || Integer.parseInt(fields.get(THREADS)) > 1;
    }
}
