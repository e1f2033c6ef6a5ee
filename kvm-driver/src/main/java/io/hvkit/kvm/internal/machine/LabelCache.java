package io.hvkit.kvm.internal.machine;

import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.DeviceLabels;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The labels of domains that did not change since they were read, so that measuring all of a host takes one call. libvirt says when
 * a domain changes; while no connection hears that, nothing is kept.
 */
final class LabelCache {

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<UUID, DeviceLabels> kept = new HashMap<>();
    private long changes;

    /**
     * Returns the labels of a domain, read now if need be.
     *
     * @param names the paths and interfaces of devices that it was just seen to have; what came and was not heard of is read
     */
    DeviceLabels of(LibvirtDomain domain, Set<String> names) throws LibvirtException {
        UUID id = domain.id();
        long before;
        lock.lock();
        try {
            DeviceLabels known = kept.get(id);
            if (known != null && known.cover(names)) {
                return known;
            }
            before = changes;
        } finally {
            lock.unlock();
        }
        return keep(id, DeviceLabels.read(domain.xml()), before);
    }

    private DeviceLabels keep(UUID id, DeviceLabels read, long before) {
        lock.lock();
        try {
            if (changes == before) { // else this may be older than what was heard meanwhile
                kept.put(id, read);
            }
            return read;
        } finally {
            lock.unlock();
        }
    }

    /** A domain may have changed. */
    void forget(UUID domain) {
        lock.lock();
        try {
            changes++;
            kept.remove(domain);
        } finally {
            lock.unlock();
        }
    }

    /** All domains may have changed, and nobody heard of it. */
    void forgetAll() {
        lock.lock();
        try {
            changes++;
            kept.clear();
        } finally {
            lock.unlock();
        }
    }
}
