package io.hvkit.kvm.internal.libvirt;

import com.sun.jna.Pointer;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes events off libvirt's own thread, which must not wait. */
final class EventPost {

    private static final Logger LOG = LoggerFactory.getLogger(EventPost.class);
    private static final int STOPPED = 5;
    private static final int CRASHED = 8;

    private final LibvirtLibrary library;
    private final Executor delivery;
    private final LibvirtListener listener;

    EventPost(LibvirtLibrary library, Executor delivery, LibvirtListener listener) {
        this.library = library;
        this.delivery = delivery;
        this.listener = listener;
    }

    /** Returns what a connection calls; {@code onLoss} is called when it is closed, on libvirt's thread. */
    Link.Callbacks callbacks(Runnable onLoss) {
        return new Link.Callbacks(
                (connection, reason, opaque) -> onLoss.run(),
                (connection, domain, disk, type, status, opaque) -> {
                    String name = library.virDomainGetName(domain);
                    if (name != null) {
                        post(() -> listener.blockJob(name, disk, BlockJobEvent.of(status)));
                    }
                },
                (connection, domain, event, detail, opaque) -> {
                    redescribed(domain);
                    String name = library.virDomainGetName(domain);
                    if (name != null && (event == STOPPED || event == CRASHED)) {
                        post(() -> listener.stopped(name));
                    }
                },
                (connection, domain, alias, opaque) -> {
                    redescribed(domain);
                    post(listener::deviceChanged);
                },
                (connection, domain, kind, namespace, opaque) -> redescribed(domain),
                (connection, secret, opaque) -> secretSet(connection, secret));
    }

    private void secretSet(Pointer connection, Pointer secret) {
        try {
            listener.secretSet(new LibvirtConnection(library, connection).idOf(secret));
        } catch (LibvirtException e) {
            LOG.warn("an event names no secret", e);
        }
    }

    private void redescribed(Pointer domain) {
        try {
            listener.redescribed(new LibvirtDomain(library, domain).id());
        } catch (LibvirtException e) {
            LOG.warn("an event names no domain", e);
        }
    }

    private void post(Runnable message) {
        try {
            delivery.execute(message);
        } catch (RejectedExecutionException e) {
            return; // closed meanwhile: nobody listens any more
        }
    }
}
