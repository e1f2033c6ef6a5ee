package io.hvkit.kvm.internal.libvirt;

import com.sun.jna.Callback;
import com.sun.jna.Pointer;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The native connection of a session, made when it is needed. Each lease holds a reference of its own, so that a connection
 * that is given up is freed when the last call on it has returned, and not under its feet.
 */
final class Link implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Link.class);
    private static final int LIFECYCLE = 0;
    private static final int DEVICE_REMOVED = 15;
    private static final int BLOCK_JOB_2 = 16;
    private static final int DEVICE_ADDED = 19;
    private static final int DEVICE_REMOVAL_FAILED = 22;
    private static final int METADATA_CHANGED = 23;
    private static final int STOPPED = 5;
    private static final int CRASHED = 8;
    private static final int KEEP_ALIVE_SECONDS = 5;
    private static final int KEEP_ALIVE_COUNT = 3;

    /** Hears of the connection and of the host. All but {@code connected} are called on libvirt's thread: return at once. */
    interface Listener {
        void connected(LibvirtConnection connection) throws LibvirtException;

        void lost();

        void blockJob(String domain, String disk, BlockJobEvent event);

        void stopped(String domain);

        void deviceChanged();

        void redescribed(UUID domain);
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final LibvirtLibrary library;
    private final URI uri;
    private final Listener listener;
    // Native code calls these as long as a connection lives: the collector must not take them before.
    private final LibvirtLibrary.CloseCallback onClose;
    private final LibvirtLibrary.BlockJobCallback onBlockJob;
    private final LibvirtLibrary.LifecycleCallback onLifecycle;
    private final LibvirtLibrary.DeviceCallback onDevice;
    private final LibvirtLibrary.MetadataCallback onMetadata;
    private final List<Integer> registered = new ArrayList<>();
    private @Nullable Pointer current;
    private boolean suspected;

    Link(LibvirtLibrary library, URI uri, Listener listener) {
        this.library = library;
        this.uri = uri;
        this.listener = listener;
        this.onClose = (connection, reason, opaque) -> listener.lost();
        this.onBlockJob = (connection, domain, disk, type, status, opaque) -> {
            String name = library.virDomainGetName(domain);
            if (name != null) {
                listener.blockJob(name, disk, BlockJobEvent.of(status));
            }
        };
        this.onDevice = (connection, domain, alias, opaque) -> {
            redescribed(domain);
            listener.deviceChanged();
        };
        this.onMetadata = (connection, domain, kind, namespace, opaque) -> redescribed(domain);
        this.onLifecycle = (connection, domain, event, detail, opaque) -> {
            redescribed(domain);
            String name = library.virDomainGetName(domain);
            if (name != null && (event == STOPPED || event == CRASHED)) {
                listener.stopped(name);
            }
        };
    }

    /** A right to use the connection until it is closed. */
    final class Lease implements AutoCloseable {

        private final Pointer pointer;

        private Lease(Pointer pointer) {
            this.pointer = pointer;
        }

        LibvirtConnection connection() {
            return new LibvirtConnection(library, pointer);
        }

        @Override
        public void close() {
            library.virConnectClose(pointer);
        }
    }

    /** Returns a lease on a connection that was alive just now, made anew if need be. */
    Lease lease() throws LibvirtException {
        lock.lock();
        try {
            Pointer pointer = current;
            if (pointer != null && (suspected || library.virConnectIsAlive(pointer) != 1)) {
                drop(pointer);
                pointer = null;
            }
            if (pointer == null) {
                pointer = connect();
            }
            if (library.virConnectRef(pointer) < 0) {
                throw LibvirtException.last(library);
            }
            return new Lease(pointer);
        } finally {
            lock.unlock();
        }
    }

    /** Makes the next lease connect anew: a call has just failed for want of an answer. */
    void suspect() {
        lock.lock();
        try {
            suspected = true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (current != null) {
                drop(current);
            }
        } finally {
            lock.unlock();
        }
    }

    private Pointer connect() throws LibvirtException {
        Pointer pointer = library.virConnectOpen(uri.toString());
        if (pointer == null) {
            throw LibvirtException.last(library);
        }
        current = pointer;
        suspected = false;
        try {
            check(library.virConnectSetKeepAlive(pointer, KEEP_ALIVE_SECONDS, KEEP_ALIVE_COUNT));
            check(library.virConnectRegisterCloseCallback(pointer, onClose, null, null));
            register(pointer, BLOCK_JOB_2, onBlockJob);
            register(pointer, LIFECYCLE, onLifecycle);
            register(pointer, DEVICE_REMOVED, onDevice);
            register(pointer, DEVICE_REMOVAL_FAILED, onDevice);
            register(pointer, DEVICE_ADDED, onDevice);
            register(pointer, METADATA_CHANGED, onMetadata);
            listener.connected(new LibvirtConnection(library, pointer));
            LOG.debug("connected to {}", uri);
            return pointer;
        } catch (LibvirtException | RuntimeException e) {
            drop(pointer);
            throw e;
        }
    }

    private void redescribed(Pointer domain) {
        try {
            listener.redescribed(new LibvirtDomain(library, domain).id());
        } catch (LibvirtException e) {
            LOG.warn("an event names no domain", e);
        }
    }

    private void register(Pointer pointer, int event, Callback callback) throws LibvirtException {
        registered.add(check(library.virConnectDomainEventRegisterAny(pointer, null, event, callback, null, null)));
    }

    /** Gives a connection up; its failures do not matter, since it may be dead. */
    private void drop(Pointer pointer) {
        current = null;
        registered.forEach(id -> library.virConnectDomainEventDeregisterAny(pointer, id));
        registered.clear();
        library.virConnectUnregisterCloseCallback(pointer, onClose);
        library.virConnectClose(pointer);
    }

    private int check(int result) throws LibvirtException {
        if (result < 0) {
            throw LibvirtException.last(library);
        }
        return result;
    }
}
