package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.LayerXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.kvm.internal.xml.SecretXml;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that libvirt has the secrets of the machines that run, and no others of ours. A secret that a call under way needs
 * is leased, so that no other call removes it. Holds no key itself.
 */
final class SecretKeeper {

    private static final Logger LOG = LoggerFactory.getLogger(SecretKeeper.class);

    /** What says that a key is none of its disk's. */
    private static final Set<Failure> REFUTATIONS = EnumSet.of(Failure.BAD_CREDENTIALS, Failure.CORRUPT_DATA);

    private final Map<UUID, Integer> leases = new ConcurrentHashMap<>();
    private final ReentrantLock removal = new ReentrantLock();
    private final Set<UUID> ours = ConcurrentHashMap.newKeySet();
    private final Optional<String> whyNoKeys;
    private volatile KeySource source = KeySource.NONE;
    private volatile Optional<KeyTrial> trial = Optional.empty();

    /**
     * Makes one that keeps nothing yet.
     *
     * @param whyNoKeys why the host must not have keys; nothing if it may
     */
    SecretKeeper(Optional<String> whyNoKeys) {
        this.whyNoKeys = whyNoKeys;
    }

    /** Returns whether the host may have keys. */
    boolean mayHoldKeys() {
        return whyNoKeys.isEmpty();
    }

    /** Secrets that stay until this is closed. */
    final class Lease implements AutoCloseable {

        private final Set<UUID> ids = new HashSet<>();

        /** Defines the secret of a volume, with a key that opens it, and keeps it. */
        void define(LibvirtConnection connection, SecretXml secret, Secret key) throws LibvirtException {
            removal.lock(); // a removal under way may not know yet that this is needed
            try {
                keep(secret.id());
                connection.setSecret(secret.write(), key);
            } finally {
                removal.unlock();
            }
        }

        /**
         * Defines the secrets of all layers of these disks that have a key, and keeps them.
         *
         * @param opening the secrets whose keys were tried and open their layers
         */
        void define(LibvirtConnection connection, List<Disk> disks, Set<UUID> opening) throws LibvirtException {
            for (Disk disk : disks) {
                define(connection, disk, opening);
            }
        }

        /**
         * Defines the secret of a volume, with a key that nobody has tried, and keeps it. A value that a running machine was
         * started with stays.
         */
        void defineUntried(LibvirtConnection connection, SecretXml secret, Secret key) throws LibvirtException {
            removal.lock();
            try {
                keep(secret.id());
                if (!connection.hasSecret(secret.id()) || !isUsed(connection, secret.id())) {
                    connection.setSecret(secret.write(), key);
                }
            } finally {
                removal.unlock();
            }
        }

        private void keep(UUID id) {
            whyNoKeys.ifPresent(reason -> {
                throw DriverException.because(Failure.UNSUPPORTED).message("the host is given no keys: %s", reason);
            });
            if (ids.add(id)) {
                leases.merge(id, 1, Integer::sum);
            }
            ours.add(id);
        }

        /**
         * Defines the secrets of all layers of a disk that have a key, and keeps them.
         *
         * @param opening the secrets whose keys were tried and open their layers
         */
        void define(LibvirtConnection connection, Disk disk, Set<UUID> opening) throws LibvirtException {
            for (Disk layer : disk.layers()) {
                if (layer.key().isPresent()) {
                    Secret key = layer.key().get();
                    SecretXml secret = SecretXml.of(layer.volume(), Place.of(layer.attachment()));
                    if (opening.contains(secret.id())) {
                        define(connection, secret, key);
                    } else {
                        defineUntried(connection, secret, key);
                    }
                }
            }
        }

        /** Gives up what was defined under it and returns that; from now on it may be removed. */
        Set<UUID> release() {
            Set<UUID> released = Set.copyOf(ids);
            close();
            return released;
        }

        @Override
        public void close() {
            ids.forEach(id -> leases.computeIfPresent(id, (key, count) -> count == 1 ? null : count - 1));
            ids.clear();
        }
    }

    /** Counts secrets among ours that another process or an earlier connection defined. */
    void adopt(Set<UUID> ids) {
        ours.addAll(ids);
    }

    Lease lease() {
        return new Lease();
    }

    /**
     * Names where keys come from that libvirt has forgotten.
     *
     * @param by what tries each on its disk before it is stored
     */
    void keysFrom(KeySource keys, KeyTrial by) {
        trial = Optional.of(by); // first: no key comes untried
        source = keys;
    }

    /** Removes those of {@code candidates} that are ours and that no running machine and no call needs. */
    void removeUnused(LibvirtConnection connection, Set<UUID> candidates) throws LibvirtException {
        if (candidates.isEmpty()) {
            return;
        }
        removal.lock();
        try {
            Set<UUID> unused = new HashSet<>(candidates);
            unused.retainAll(ours); // what others defined is theirs to remove
            unused.removeAll(leases.keySet()); // first: a lease that ends meanwhile leaves a machine that is seen
            connection.forEachDomain(domain -> {
                if (domain.state().isActive()) {
                    unused.removeAll(MachineXml.read(domain.xml()).secrets());
                }
            });
            for (UUID id : unused) {
                connection.removeSecret(id);
                ours.remove(id);
            }
        } finally {
            removal.unlock();
        }
    }

    private static boolean isUsed(LibvirtConnection connection, UUID id) throws LibvirtException {
        AtomicBoolean used = new AtomicBoolean();
        connection.forEachDomain(domain -> {
            if (domain.state().isActive()
                    && MachineXml.read(domain.xml()).secrets().contains(id)) {
                used.set(true);
            }
        });
        return used.get();
    }

    /** Removes all of ours that nothing needs any more. */
    void removeUnused(LibvirtConnection connection) throws LibvirtException {
        removeUnused(connection, Set.copyOf(ours));
    }

    /**
     * Defines again the secrets of running machines that libvirt has forgotten, as it does when its daemon restarts. A key that does
     * not open its disk is not stored, where that can be tried: the machine would miss its key later, and nobody would ask for it.
     */
    void restore(LibvirtConnection connection) throws LibvirtException {
        if (!mayHoldKeys()) {
            return;
        }
        connection.forEachDomain(domain -> {
            if (domain.state().isActive()) {
                MachineXml machine = MachineXml.read(domain.xml());
                for (DiskXml disk : machine.disks()) {
                    restore(connection, machine, disk.place(), disk.format(), disk.secret());
                    for (LayerXml layer : disk.layers()) {
                        restore(connection, machine, layer.place(), layer.format(), layer.secret());
                    }
                    if (disk.mirror().isPresent()) {
                        DiskXml.Mirror mirror = disk.mirror().get();
                        restore(connection, machine, mirror.place(), mirror.format(), mirror.secret());
                    }
                }
            }
        });
    }

    private void restore(
            LibvirtConnection connection, MachineXml machine, Place place, String format, Optional<UUID> id)
            throws LibvirtException {
        VolumeId volume = machine.volumes().get(place);
        if (id.isEmpty()
                || volume == null
                || !machine.ownSecrets().contains(id.get())
                || connection.hasSecret(id.get())) {
            return;
        }
        Optional<Secret> key = key(volume);
        if (key.isEmpty()) {
            LOG.warn(
                    "libvirt has lost the secret of volume {} of machine {}, and its key is not known",
                    volume,
                    machine.name());
            return;
        }
        try (Secret secret = key.get()) {
            if (mayOpen(Disk.of(volume, place.attachment(), KeyTrial.imageFormat(format)), secret, machine)) {
                connection.setSecret(new SecretXml(id.get(), volume).write(), secret);
                ours.add(id.get());
                LOG.info("restored the secret of volume {} of machine {}", volume, machine.name());
            }
        }
    }

    /**
     * Returns whether a key opens its disk, or nothing speaks against it: nobody reads the target of a copy that runs, for one. libvirt has
     * no value that could be lost, and whoever connects must not fail for the want of a trial.
     */
    private boolean mayOpen(Disk disk, Secret key, MachineXml machine) {
        try {
            if (trial.isPresent()) {
                boolean unused = trial.get().opens(disk, key);
            }
            return true;
        } catch (DriverException e) {
            if (!REFUTATIONS.contains(e.failure())) {
                LOG.info("a key of machine {} is restored untried: {}", machine.name(), e.getMessage());
                return true;
            }
            LOG.error(
                    "libvirt has lost the secret of volume {} of machine {}, and is not given the key of the key source, which was"
                            + " tried: {}; name a source that has the right one with keysFrom(...)",
                    disk.volume(),
                    machine.name(),
                    e.failure(),
                    e);
            return false;
        } catch (InterruptedException e) { // the connection is closed
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Returns the key of a volume from the source of the connection. */
    Optional<Secret> key(VolumeId volume) {
        return key(source, volume);
    }

    /** A key source that fails costs its volume's secret, not the connection. */
    Optional<Secret> key(KeySource from, VolumeId volume) {
        try {
            return from.find(volume);
        } catch (RuntimeException e) {
            LOG.error("the key source failed for volume {}", volume, e);
            return Optional.empty();
        }
    }
}
