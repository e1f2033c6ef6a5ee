package io.hvkit.kvm.internal.libvirt;

import io.hvkit.core.DriverException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of a session, made when they are needed: one for each call that is under way, a few of which are kept for the next
 * ones. Events come by the first, which a call takes if none has it. The first is made by one attempt at a time, whose end all share who
 * wait for it; when it is lost, so are all others, since what comes with a new one, secrets and events, must be there before they are.
 */
final class Links implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Links.class);
    private static final int IDLE = 3;
    private static final int LONGEST_KEEP_ALIVE = 5;

    /** What is done on a new first connection before anything else is done. */
    @FunctionalInterface
    interface Preparation {
        void of(LibvirtConnection connection) throws LibvirtException;
    }

    private static final class Attempt {
        private boolean over;
        private @Nullable Exception failure;
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Link> idle = new ArrayDeque<>();
    private final Route route;
    private final int keepAliveSeconds;
    private final Link.Callbacks callbacks;
    private final Preparation preparation;
    private final Executor connector;
    private Optional<Link> hearing = Optional.empty();
    private @Nullable Attempt attempt;
    private boolean closed;

    /**
     * Makes no connection yet.
     *
     * @param connector what runs attempts to connect, one at a time; interrupted when it is to end
     */
    Links(Route route, Duration limit, Link.Callbacks callbacks, Preparation preparation, Executor connector) {
        this.route = route;
        this.keepAliveSeconds = (int) Math.max(1, Math.min(LONGEST_KEEP_ALIVE, limit.toSeconds() / 6));
        this.callbacks = callbacks;
        this.preparation = preparation;
        this.connector = connector;
    }

    /** A connection for one thread until it is closed. */
    final class Lease implements AutoCloseable {

        private final Link link;
        private final Link first;

        private Lease(Link link, Link first) {
            this.link = link;
            this.first = first;
        }

        LibvirtConnection connection() {
            return link.connection();
        }

        /** Says that a call has just failed for want of an answer: all that were made to the same daemon are given up. */
        void suspect() {
            link.suspect();
            first.suspect();
        }

        @Override
        public void close() {
            if (!kept()) {
                link.close();
            }
        }

        private boolean kept() {
            lock.lock();
            try {
                if (closed || hearing.filter(first::equals).isEmpty() || !link.isAlive()) {
                    return false; // the first one too: another takes its place
                }
                if (link.equals(first)) {
                    idle.addFirst(link);
                    return true;
                }
                return idle.size() < IDLE && idle.add(link);
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Returns a connection that was alive just now, made if need be. An interruption ends the wait.
     *
     * @throws LibvirtException if none could be made; so does {@link DriverException}. Nothing was asked of the host
     * @throws IllegalStateException if this is closed
     */
    Lease lease() throws LibvirtException, InterruptedException {
        while (true) {
            Link first = first();
            Optional<Link> kept = kept(first);
            Link link = kept.isPresent() ? kept.get() : opened();
            if (link.isAlive() && first.isAlive()) { // else the daemon may have been another one just now
                return new Lease(link, first);
            }
            new Lease(link, first).close();
        }
    }

    private Optional<Link> kept(Link first) {
        lock.lock();
        try {
            return hearing.filter(first::equals).map(same -> idle.poll());
        } finally {
            lock.unlock();
        }
    }

    private Link opened() throws LibvirtException, InterruptedException {
        try {
            return Link.open(route.open(), keepAliveSeconds);
        } catch (LibvirtException e) {
            throw e.whileConnecting();
        }
    }

    /** Returns the first connection, alive and prepared. */
    private Link first() throws LibvirtException, InterruptedException {
        List<Link> dead = new ArrayList<>();
        lock.lockInterruptibly();
        try {
            while (true) {
                requireOpen();
                if (hearing.isPresent()) {
                    if (hearing.get().isAlive()) {
                        return hearing.get();
                    }
                    giveUp(dead);
                }
                Attempt awaited = attempt == null ? begin() : attempt;
                while (!awaited.over) {
                    requireOpen();
                    changed.await();
                }
                if (awaited.failure != null) {
                    throw again(awaited.failure);
                }
            }
        } finally {
            lock.unlock();
            dead.forEach(Link::close);
        }
    }

    /** A first one that a call has is freed by it. */
    private void giveUp(List<Link> dead) {
        hearing = Optional.empty();
        dead.addAll(idle);
        idle.clear();
    }

    private Attempt begin() {
        Attempt begun = new Attempt();
        try {
            connector.execute(() -> run(begun));
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("the connection is closed", e);
        }
        attempt = begun;
        return begun;
    }

    private void run(Attempt mine) {
        Optional<Link> made = Optional.empty();
        Optional<Exception> failure = Optional.empty();
        try {
            made = Optional.of(connect());
        } catch (LibvirtException | RuntimeException | InterruptedException e) {
            failure = Optional.of(e);
        }
        boolean late;
        lock.lock();
        try {
            late = closed;
            attempt = null;
            mine.over = true;
            mine.failure = failure.orElse(null);
            if (!late) {
                hearing = made;
                made.ifPresent(idle::addFirst);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (late) {
            made.ifPresent(Link::close);
        }
    }

    private Link connect() throws LibvirtException, InterruptedException {
        Link link = Link.open(route.open(), keepAliveSeconds);
        try {
            link.hear(callbacks);
            preparation.of(link.connection());
            LOG.debug("connected to {}", route);
            return link;
        } catch (LibvirtException | RuntimeException e) {
            link.close();
            throw e;
        }
    }

    /** Returns whether events come in, as far as can be told without asking. */
    boolean areAlive() {
        lock.lock();
        try {
            return hearing.filter(Link::isAlive).isPresent();
        } finally {
            lock.unlock();
        }
    }

    private static RuntimeException again(Exception failure) throws LibvirtException {
        if (failure instanceof LibvirtException libvirt) {
            throw libvirt.whileConnecting();
        }
        throw failure instanceof RuntimeException runtime
                ? runtime
                : new IllegalStateException("the connection is closed", failure);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the connection is closed");
        }
    }

    /** Ends waiting at once, and gives the connections up; calls that are under way keep theirs to their end. */
    @Override
    public void close() {
        List<Link> all = new ArrayList<>();
        lock.lock();
        try {
            closed = true;
            giveUp(all);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        all.forEach(Link::close);
    }
}
