package io.hvkit.kvm.internal.libvirt;

import com.sun.jna.Callback;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One native connection, for one thread at a time: libvirt's client before 10.3 crashes the process now and then when two share one
 * that is lost (CVE-2024-4418). While it is open, libvirt's event loop runs.
 */
final class Link implements AutoCloseable {

    private static final int LIFECYCLE = 0;
    private static final int DEVICE_REMOVED = 15;
    private static final int BLOCK_JOB_2 = 16;
    private static final int DEVICE_ADDED = 19;
    private static final int DEVICE_REMOVAL_FAILED = 22;
    private static final int METADATA_CHANGED = 23;
    private static final int SECRET_VALUE_CHANGED = 1;
    private static final int KEEP_ALIVE_COUNT = 3;

    private final LibvirtLibrary library;
    private final Pointer pointer;
    private final List<Integer> registered = new ArrayList<>();
    private Optional<LibvirtLibrary.CloseCallback> onClose = Optional.empty();
    private Optional<Integer> onSecret = Optional.empty();
    private final ReentrantLock lock = new ReentrantLock();
    private boolean freed;
    private volatile boolean suspected;

    private Link(LibvirtLibrary library, Pointer pointer) {
        this.library = library;
        this.pointer = pointer;
    }

    /** What native code calls as long as a connection lives: the collector must not take it before. */
    record Callbacks(
            LibvirtLibrary.CloseCallback onClose,
            LibvirtLibrary.BlockJobCallback onBlockJob,
            LibvirtLibrary.LifecycleCallback onLifecycle,
            LibvirtLibrary.DeviceCallback onDevice,
            LibvirtLibrary.MetadataCallback onMetadata,
            LibvirtLibrary.SecretCallback onSecret) {}

    /**
     * Connects.
     *
     * @param keepAliveSeconds how often to ask a peer that is silent; after three questions without an answer it is lost
     */
    static Link open(String uri, int keepAliveSeconds) throws LibvirtException {
        LibvirtLibrary library = Libvirt.acquire();
        Pointer pointer = library.virConnectOpen(uri);
        if (pointer == null) {
            LibvirtException why = LibvirtException.last(library);
            Libvirt.release();
            throw why;
        }
        Link link = new Link(library, pointer);
        try {
            link.check(library.virConnectSetKeepAlive(pointer, keepAliveSeconds, KEEP_ALIVE_COUNT));
            return link;
        } catch (LibvirtException e) {
            link.close();
            throw e;
        }
    }

    /** Lets events come by this connection, and the news of its end. */
    void hear(Callbacks callbacks) throws LibvirtException {
        check(library.virConnectRegisterCloseCallback(pointer, callbacks.onClose(), null, null));
        onClose = Optional.of(callbacks.onClose());
        register(BLOCK_JOB_2, callbacks.onBlockJob());
        register(LIFECYCLE, callbacks.onLifecycle());
        register(DEVICE_REMOVED, callbacks.onDevice());
        register(DEVICE_REMOVAL_FAILED, callbacks.onDevice());
        register(DEVICE_ADDED, callbacks.onDevice());
        register(METADATA_CHANGED, callbacks.onMetadata());
        onSecret = Optional.of(check(library.virConnectSecretEventRegisterAny(
                pointer, null, SECRET_VALUE_CHANGED, callbacks.onSecret(), null, null)));
    }

    private void register(int event, Callback callback) throws LibvirtException {
        registered.add(check(library.virConnectDomainEventRegisterAny(pointer, null, event, callback, null, null)));
    }

    LibvirtConnection connection() {
        return new LibvirtConnection(library, pointer);
    }

    /** Says that a call has just failed for want of an answer. */
    void suspect() {
        suspected = true;
    }

    /** Returns whether it was alive just now, as far as can be told without asking; not if it is freed. Any thread may ask. */
    boolean isAlive() {
        lock.lock();
        try {
            return !freed && !suspected && library.virConnectIsAlive(pointer) == 1;
        } finally {
            lock.unlock();
        }
    }

    /** Frees it, once; its failures do not matter, since it may be dead. May wait for a peer that is silent. */
    @Override
    public void close() {
        lock.lock();
        try {
            freed = true;
        } finally {
            lock.unlock();
        }
        registered.forEach(id -> library.virConnectDomainEventDeregisterAny(pointer, id));
        onSecret.ifPresent(id -> library.virConnectSecretEventDeregisterAny(pointer, id));
        onClose.ifPresent(callback -> library.virConnectUnregisterCloseCallback(pointer, callback));
        library.virConnectClose(pointer);
        Libvirt.release();
    }

    private int check(int result) throws LibvirtException {
        if (result < 0) {
            throw LibvirtException.last(library);
        }
        return result;
    }
}
