package io.hvkit.kvm.internal.libvirt;

import io.hvkit.core.DriverException;
import java.security.SecureRandom;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connects anew after a loss, again and again until it works, so that events come in even if nobody calls. */
final class Reconnection {

    private static final Logger LOG = LoggerFactory.getLogger(Reconnection.class);

    private final Supplier<Links> links;
    private final ScheduledExecutorService clock;
    private final Route route;
    private final AtomicBoolean underWay = new AtomicBoolean();

    /**
     * Does nothing yet.
     *
     * @param clock what it runs on; it ends when that is shut down
     */
    Reconnection(Supplier<Links> links, ScheduledExecutorService clock, Route route) {
        this.links = links;
        this.clock = clock;
        this.route = route;
    }

    /** Begins, after a pause; does nothing if it is under way. Returns at once. */
    void soon() {
        if (underWay.compareAndSet(false, true)) {
            after(new Backoff(new SecureRandom()));
        }
    }

    private void after(Backoff backoff) {
        try {
            Future<?> unused =
                    clock.schedule(() -> attempt(backoff), backoff.pause().toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("closed meanwhile: there is nothing to connect for");
        }
    }

    private void attempt(Backoff backoff) {
        try {
            links.get().lease().close();
            underWay.set(false);
            if (!links.get().areAlive()) { // lost again in between, when nobody was to be told
                soon();
            }
        } catch (LibvirtException | DriverException e) {
            LOG.debug("still no connection to {}: {}", route, e.getMessage());
            after(backoff);
        } catch (InterruptedException e) {
            LOG.debug("closed meanwhile");
        } catch (RuntimeException e) {
            if (!clock.isShutdown()) {
                LOG.error("the connection to {} cannot be made anew, trying again", route, e);
                after(backoff);
            }
        }
    }
}
