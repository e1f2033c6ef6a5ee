package io.hvkit.vmware.internal.soap;

import io.hvkit.core.Failure;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Asks for the time before a change that comes after a while without calls. By then connections may have been closed, by the vCenter or
 * by what lies in between, and the session may have ended. A question finds that out and is simply asked again; of a change that is lost
 * so, nobody would know whether it was made. Any thread may use it.
 */
final class Waking {

    static final Duration PAUSE = Duration.ofSeconds(20);

    private static final int TRIES = 3;
    private static final int SHARE =
            TRIES + 1; // of the time that a call has: after all tries some is left for the call itself
    private static final Call TIME = Call.reading(Ref.SERVICE, Data.of("CurrentTime"));

    private final Asking asking;
    private final LongSupplier nanos;
    private final Duration timeout;
    private final AtomicLong heard;
    private final AtomicInteger connections = new AtomicInteger(1);
    private final ReentrantLock lock = new ReentrantLock();

    /** Makes a call that reads. */
    @FunctionalInterface
    interface Asking {
        Node ask(Call call, Deadline deadline) throws VimFault, LostAnswer, InterruptedException;
    }

    /**
     * Makes one that has just been heard.
     *
     * @param nanos a clock, as {@link System#nanoTime} is one
     * @param timeout how long a call may take
     */
    Waking(Asking asking, LongSupplier nanos, Duration timeout) {
        this.asking = asking;
        this.nanos = nanos;
        this.timeout = timeout;
        this.heard = new AtomicLong(nanos.getAsLong());
    }

    /**
     * An answer came, while so many calls were under way, each over a connection of its own. The first ones after a while tell nothing of
     * the other connections.
     */
    void heard(int atOnce) {
        connections.accumulateAndGet(atOnce, Math::max);
        if (!isQuiet()) {
            heard.set(nanos.getAsLong());
        }
    }

    /** Asks if it has been quiet; fails if nobody answers, and then the change has not been sent. */
    void before(Call change, Deadline deadline) throws LostAnswer, InterruptedException {
        if (change.repeat() == Call.Repeat.READS || !isQuiet()) {
            return;
        }
        if (!lock.tryLock(deadline.left().toNanos(), TimeUnit.NANOSECONDS)) {
            throw new LostAnswer(
                    Failure.TIMED_OUT,
                    LostAnswer.Reach.UNSENT,
                    change + " was not sent: the vCenter did not tell the time",
                    null);
        }
        try {
            if (isQuiet()) {
                int pooled = connections.get() + 1; // the poll for tasks has one, too
                for (int i = 0; i < pooled; i++) { // one after the other: each takes the next connection
                    ask(change, deadline);
                }
                connections.set(1);
                heard.set(nanos.getAsLong());
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isQuiet() {
        return nanos.getAsLong() - heard.get() > PAUSE.toNanos();
    }

    private void ask(Call change, Deadline deadline) throws LostAnswer, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            Deadline part = deadline.within(timeout.dividedBy(SHARE));
            try {
                trace(asking.ask(TIME, part));
                return;
            } catch (VimFault e) {
                trace(e); // an answer, too
                return;
            } catch (LostAnswer e) {
                boolean isSilent = part.isOver() && !deadline.isOver(); // where it is lost at once it has been repeated
                if (!isSilent || attempt == TRIES) {
                    throw e.before(change);
                }
            }
        }
    }

    private static void trace(Object answer) {
        System.getLogger(Waking.class.getName())
                .log(System.Logger.Level.TRACE, "the vCenter was asked for the time after a while: {0}", answer);
    }
}
