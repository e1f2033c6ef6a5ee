package io.hvkit.vmware.internal.soap;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Tells who waits for tasks of their ends: by one long poll on a collector of its own, for all tasks of a vCenter. The thread that polls
 * is there from the first task on, and asks for nothing while no task is waited for.
 */
final class TaskNews {

    private static final Duration AFTER_TROUBLE = Duration.ofMillis(500);

    private final VimClient client;
    private final Duration poll;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<Ref, Waited> open = new HashMap<>();
    private @Nullable TaskWatch watch;
    private @Nullable Thread thread;
    private boolean closed;

    /** @param poll how long one lasts at most; a call's timeout comes on top of it before the vCenter is taken to be silent */
    TaskNews(VimClient client, Duration poll) {
        this.client = client;
        this.poll = poll;
    }

    /** A task, and how many wait for it: somebody else may do so to see what a lost call became. */
    static final class Waited {

        private final CompletableFuture<TaskInfo> end = new CompletableFuture<>();
        private int waiters;

        CompletableFuture<TaskInfo> end() {
            return end;
        }
    }

    /** Someone waits for a task from now on, and {@link #leave leaves} in any case. A task that has ended before is not told of. */
    Waited enter(Ref task) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            if (closed) {
                throw closedMeanwhile();
            }
            Waited waited = open.computeIfAbsent(task, unseen -> new Waited());
            waited.waiters++;
            return waited;
        } finally {
            lock.unlock();
        }
    }

    /**
     * News of a task that somebody waits for are polled from now on. Nothing is asked of the vCenter while the lock is held: who waits for
     * it has a deadline.
     */
    void watch(Ref task) throws InterruptedException {
        Optional<TaskWatch> current;
        lock.lockInterruptibly();
        try {
            if (closed) {
                throw closedMeanwhile();
            }
            if (thread == null) {
                thread = Threads.daemon(this::poll, "hvkit vmware tasks");
                thread.start();
            }
            current = Optional.ofNullable(watch);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (current.isPresent() && !current.get().add(List.of(task))) {
            drop(current.get()); // another one begins with all that is open
        }
    }

    void leave(Ref task, Waited waited) {
        lock.lock();
        try {
            if (--waited.waiters == 0) {
                open.remove(task, waited);
            }
        } finally {
            lock.unlock();
        }
    }

    private void poll() {
        try {
            while (awaitWork()) {
                Optional<TaskWatch> current = watch();
                if (current.isEmpty()) {
                    afterTrouble();
                    continue;
                }
                Optional<Map<Ref, TaskInfo>> news = current.get().poll(poll);
                if (news.isEmpty() || !forget(tell(news.get(), current.get()), current.get())) {
                    drop(current.get());
                    afterTrouble();
                }
            }
        } catch (InterruptedException e) {
            // closed
            Thread.currentThread().interrupt();
        }
    }

    /** Returns whether there is something to wait for, once there is; nothing comes once this is closed. */
    private boolean awaitWork() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed && open.isEmpty()) {
                changed.await();
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    /** Returns what sees all that is open; begins it if need be. */
    private Optional<TaskWatch> watch() throws InterruptedException {
        Set<Ref> waitedFor;
        lock.lockInterruptibly();
        try {
            if (watch != null) {
                return Optional.of(watch);
            }
            waitedFor = Set.copyOf(open.keySet());
        } finally {
            lock.unlock();
        }
        Optional<TaskWatch> begun = TaskWatch.begin(client, waitedFor);
        return begun.isPresent() ? published(begun.get()) : begun;
    }

    private Optional<TaskWatch> published(TaskWatch begun) throws InterruptedException {
        List<Ref> since;
        lock.lockInterruptibly();
        try {
            watch = closed ? null : begun;
            since = begun.missing(open.keySet());
        } finally {
            lock.unlock();
        }
        if (begun.add(since)) {
            return Optional.of(begun);
        }
        drop(begun);
        return Optional.empty();
    }

    /** Wakes who waited for what has ended, and returns what nobody waits for any more. */
    private List<Ref> tell(Map<Ref, TaskInfo> news, TaskWatch current) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            news.forEach((task, info) -> {
                if (info.hasEnded()) {
                    settle(task).complete(info);
                }
            });
            return current.surplus(open.keySet());
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether these tasks are watched no more, but for those that somebody began to wait for meanwhile. */
    private boolean forget(List<Ref> gone, TaskWatch current) throws InterruptedException {
        if (!current.forget(gone)) {
            return false;
        }
        Set<Ref> waitedFor = waitedFor();
        return current.add(gone.stream().filter(waitedFor::contains).toList());
    }

    private CompletableFuture<TaskInfo> settle(Ref task) {
        Waited waited = open.remove(task);
        return waited == null ? new CompletableFuture<>() : waited.end;
    }

    private void drop(TaskWatch useless) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            if (watch == useless) {
                watch = null;
            }
        } finally {
            lock.unlock();
        }
        useless.end();
    }

    /** Looks at each task by itself, since one that is gone may be the trouble, and waits a little. */
    private void afterTrouble() throws InterruptedException {
        for (Ref task : waitedFor()) {
            try {
                TaskInfo info = TaskInfo.of(task, "a task", client);
                if (info.hasEnded()) {
                    settleLocked(task).complete(info);
                }
            } catch (DriverException e) {
                if (e.getCause() instanceof VimFault) {
                    settleLocked(task).completeExceptionally(e);
                }
            }
        }
        lock.lockInterruptibly();
        try {
            long left = AFTER_TROUBLE.toNanos();
            while (!closed && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private Set<Ref> waitedFor() {
        lock.lock();
        try {
            return Set.copyOf(open.keySet());
        } finally {
            lock.unlock();
        }
    }

    private CompletableFuture<TaskInfo> settleLocked(Ref task) {
        lock.lock();
        try {
            return settle(task);
        } finally {
            lock.unlock();
        }
    }

    private DriverException closedMeanwhile() {
        return DriverException.because(Failure.UNREACHABLE)
                .effect(Effect.UNKNOWN)
                .message("the connection to %s was closed while a task ran there", client.vcenter());
    }

    /** Ends the poll and removes what it needed; who still waits is told that nothing is known. */
    void end() throws InterruptedException {
        TaskWatch last;
        Thread polling;
        lock.lockInterruptibly();
        try {
            closed = true;
            last = watch;
            watch = null;
            polling = thread;
            open.values().forEach(waited -> waited.end.completeExceptionally(closedMeanwhile()));
            open.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (last != null) {
            last.end();
        }
        if (polling != null) {
            polling.interrupt();
            polling.join(poll.toMillis());
        }
    }
}
