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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Waits for tasks, all of them by one long poll on a collector of its own: however many there are, none is asked after in turns. The
 * thread that polls is there from the first task on, and asks for nothing while no task is waited for.
 */
public final class TaskWaits {

    private static final Duration POLL = Duration.ofSeconds(20);
    private static final Duration AFTER_TROUBLE = Duration.ofMillis(500);

    private final VimClient client;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<Ref, Waited> open = new HashMap<>();
    private @Nullable TaskWatch watch;
    private @Nullable Thread thread;
    private boolean closed;

    TaskWaits(VimClient client) {
        this.client = client;
    }

    /** A task, and how many wait for it: somebody else may do so to see what a lost call became. */
    private static final class Waited {

        private final CompletableFuture<TaskInfo> end = new CompletableFuture<>();
        private int waiters;
    }

    /**
     * Starts a task by a call, waits until it has ended and returns its result; an element without content if it has none.
     *
     * @param patience after which the task is cancelled, looked at once more, and given up
     * @throws VimFault if the call or the task is refused
     * @throws LostAnswer if the answer to the call is lost: the task may be under way
     * @throws DriverException with {@code TIMED_OUT} and an effect that is not known
     */
    public Node run(Call call, Duration patience) throws VimFault, LostAnswer, InterruptedException {
        return run(call, patience, task -> {});
    }

    /** Does the same, and tells the task as soon as it is known. */
    public Node run(Call call, Duration patience, Consumer<Ref> started)
            throws VimFault, LostAnswer, InterruptedException {
        Deadline deadline = Deadline.in(patience);
        Ref task = client.call(call).at("returnval").map(Node::ref).orElseThrow(() -> missing(call));
        started.accept(task);
        return await(task, call.toString(), deadline);
    }

    private static DriverException missing(Call call) {
        return DriverException.because(Failure.UNREACHABLE)
                .effect(Effect.UNKNOWN)
                .message("the answer to %s names no task", call);
    }

    /** Waits for a task that somebody started, as {@link #run} does. */
    public Node await(Ref task, String what, Deadline deadline) throws VimFault, InterruptedException {
        TaskInfo now = look(task, what); // many have ended before anybody could wait for them
        if (now.hasEnded()) {
            return now.result(what);
        }
        Waited waited = add(task);
        try {
            return waited.end
                    .get(deadline.left().toNanos(), TimeUnit.NANOSECONDS)
                    .result(what);
        } catch (TimeoutException e) {
            return givenUp(task, what);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DriverException failure) {
                throw failure;
            }
            throw new IllegalStateException("waiting for " + what + " failed", e);
        } finally {
            remove(task, waited);
        }
    }

    private Node givenUp(Ref task, String what) throws VimFault, InterruptedException {
        try {
            client.call(Call.reading(task, Data.of("CancelTask"))); // cancelling twice does no more than once
        } catch (VimFault | LostAnswer e) {
            System.getLogger(TaskWaits.class.getName())
                    .log(System.Logger.Level.DEBUG, "{0} is not cancelled: {1}", task, e);
        }
        TaskInfo last = look(task, what);
        if (last.hasEnded() && !last.wasCancelled()) {
            return last.result(what);
        }
        throw DriverException.because(Failure.TIMED_OUT)
                .effect(Effect.UNKNOWN)
                .message(
                        "%s did not end in time, and was asked to be given up; look before it is asked for again",
                        what);
    }

    private TaskInfo look(Ref task, String what) throws InterruptedException {
        try {
            return TaskInfo.of(client.properties().read(task, TaskInfo.PATHS).values());
        } catch (VimFault e) {
            throw unknown(what, Failure.UNREACHABLE, e);
        } catch (LostAnswer e) {
            throw unknown(what, Failure.UNREACHABLE, e);
        } catch (DriverException e) {
            throw unknown(what, e.failure(), e);
        }
    }

    /** However harmless a failed look is, the task goes on. */
    private static DriverException unknown(String what, Failure failure, Exception cause) {
        return DriverException.because(failure)
                .effect(Effect.UNKNOWN)
                .causedBy(cause)
                .message("what became of %s is not known: %s", what, cause);
    }

    /** Nothing is asked of the vCenter while the lock is held: who waits for it has a deadline. */
    private Waited add(Ref task) throws InterruptedException {
        Optional<TaskWatch> current;
        Waited waited;
        lock.lockInterruptibly();
        try {
            if (closed) {
                throw closedMeanwhile();
            }
            waited = open.computeIfAbsent(task, unseen -> new Waited());
            waited.waiters++;
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
        return waited;
    }

    private void remove(Ref task, Waited waited) {
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
                Optional<Map<Ref, TaskInfo>> news = current.get().poll(POLL);
                if (news.isEmpty() || !current.get().forget(tell(news.get(), current.get()))) {
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
                TaskInfo info = look(task, "a task");
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
            polling.join(POLL.toMillis());
        }
    }
}
