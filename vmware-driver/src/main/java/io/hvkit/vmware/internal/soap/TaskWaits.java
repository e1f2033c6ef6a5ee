package io.hvkit.vmware.internal.soap;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Waits for tasks, each until a deadline. However many there are, none is asked after in turns; see {@link TaskNews}. */
public final class TaskWaits {

    private final VimClient client;
    private final TaskNews news;

    TaskWaits(VimClient client, Duration poll) {
        this.client = client;
        this.news = new TaskNews(client, poll);
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
        String what = call.toString();
        Optional<TaskInfo> end = end(task, what, deadline);
        return end.isPresent() ? end.get().result(what) : givenUp(task, what);
    }

    private static DriverException missing(Call call) {
        return DriverException.because(Failure.UNREACHABLE)
                .effect(Effect.UNKNOWN)
                .message("the answer to %s names no task", call);
    }

    /**
     * Waits for a task that somebody else may have started, and may wait for: it goes on when the deadline has come.
     *
     * @throws VimFault if the task is refused
     * @throws DriverException with {@code TIMED_OUT} and an effect that is not known
     */
    public Node await(Ref task, String what, Deadline deadline) throws VimFault, InterruptedException {
        Optional<TaskInfo> end = end(task, what, deadline);
        TaskInfo last = end.isPresent() ? end.get() : TaskInfo.of(task, what, client);
        if (last.hasEnded()) {
            return last.result(what);
        }
        throw DriverException.because(Failure.TIMED_OUT)
                .effect(Effect.UNKNOWN)
                .message("%s did not end in time, and goes on; look before it is asked for again", what);
    }

    /** Returns how a task ended; nothing if it does not in time. Whoever waits is known before the look: what ends after it is told. */
    private Optional<TaskInfo> end(Ref task, String what, Deadline deadline) throws InterruptedException {
        TaskNews.Waited waited = news.enter(task);
        try {
            TaskInfo now = TaskInfo.of(task, what, client);
            if (now.hasEnded()) { // many have before anybody could wait for them
                return Optional.of(now);
            }
            news.watch(task);
            return Optional.of(waited.end().get(deadline.left().toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DriverException failure) {
                throw failure;
            }
            throw new IllegalStateException("waiting for " + what + " failed", e);
        } finally {
            news.leave(task, waited);
        }
    }

    private Node givenUp(Ref task, String what) throws VimFault, InterruptedException {
        try {
            client.call(Call.reading(task, Data.of("CancelTask"))); // cancelling twice does no more than once
        } catch (VimFault | LostAnswer e) {
            System.getLogger(TaskWaits.class.getName())
                    .log(System.Logger.Level.DEBUG, "{0} is not cancelled: {1}", task, e);
        }
        TaskInfo last = TaskInfo.of(task, what, client);
        if (last.hasEnded() && !last.wasCancelled()) {
            return last.result(what);
        }
        throw DriverException.because(Failure.TIMED_OUT)
                .effect(Effect.UNKNOWN)
                .message(
                        "%s did not end in time, and was asked to be given up; look before it is asked for again",
                        what);
    }

    /** Ends the poll and removes what it needed; who still waits is told that nothing is known. */
    void end() throws InterruptedException {
        news.end();
    }
}
