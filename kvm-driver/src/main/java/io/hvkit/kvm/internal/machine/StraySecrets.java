package io.hvkit.kvm.internal.machine;

import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.SecretXml;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the secrets of this driver's making that nothing needs, since the process that defined them died and their machine ended by itself. Libvirt
 * does not say whose one is, and it may be that of a machine which another process is about to start: so one goes only if no machine that runs has
 * needed it, and nobody has set its value, for longer than a start may take.
 */
final class StraySecrets {

    private static final Logger LOG = LoggerFactory.getLogger(StraySecrets.class);

    private final SecretKeeper keeper;
    private final Duration grace;
    private final Map<UUID, Long> unneededSince = new ConcurrentHashMap<>();
    private final AtomicBoolean isAwaited = new AtomicBoolean();

    StraySecrets(SecretKeeper keeper, Duration grace) {
        this.keeper = keeper;
        this.grace = grace;
    }

    /** Forgets what was seen: a connection was lost, and nobody knows what was said meanwhile. */
    void forgetAll() {
        unneededSince.clear();
        isAwaited.set(false); // what was to look may have found no connection
    }

    /** Whoever sets the value of a secret is about to need it. */
    void valueSet(UUID secret) {
        unneededSince.remove(secret);
    }

    /** Looks for such secrets soon, and again when those that it finds have been there long enough. */
    void lookSoon(LibvirtSession session) {
        session.soon("look for secrets that nothing needs", connection -> look(session, connection));
    }

    private Set<UUID> look(LibvirtSession session, LibvirtConnection connection) throws LibvirtException {
        Set<UUID> unneeded = unneeded(connection);
        long now = System.nanoTime();
        unneededSince.keySet().retainAll(unneeded);
        unneeded.forEach(id -> unneededSince.putIfAbsent(id, now));
        Set<UUID> due = unneededSince.entrySet().stream()
                .filter(seen -> now - seen.getValue() >= grace.toNanos())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        if (!due.isEmpty()) {
            LOG.info("{} secrets have been needed by nothing for {}, and are removed", due.size(), grace);
            keeper.adopt(due);
            keeper.removeUnused(connection, due); // looks at the machines once more
            unneededSince.keySet().removeAll(due);
        }
        if (!unneededSince.isEmpty() && isAwaited.compareAndSet(false, true)) {
            session.later(grace, "look for secrets that nothing needs", later -> {
                isAwaited.set(false);
                return look(session, later);
            });
        }
        return due;
    }

    private static Set<UUID> unneeded(LibvirtConnection connection) throws LibvirtException {
        Set<UUID> unneeded = new HashSet<>();
        connection.volumeSecrets().forEach((id, usage) -> {
            if (SecretXml.isUsage(id, usage)) {
                unneeded.add(id);
            }
        });
        connection.forEachDomain(domain -> {
            if (domain.state().isActive()) {
                unneeded.removeAll(MachineXml.read(domain.xml()).secrets());
            }
        });
        return unneeded;
    }
}
