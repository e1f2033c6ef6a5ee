package io.hvkit.powerflex.simulator.internal.array;

import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.powerflex.simulator.control.SimulatorClock;
import io.hvkit.powerflex.simulator.control.Timing;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** One system. Its parts are used within {@link #call} or {@link #run} alone; those may be called by many threads. */
public final class SimulatedArray {

    /** What a system is made with. */
    public record Nature(
            String name, GatewayVersion version, List<String> mdmAddresses, SimulatorClock clock, Timing timing) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Nature nature;
    private final long id;
    private final Inventory inventory;
    private final Capacity capacity;
    private final Volumes volumes;
    private final Mappings mappings;
    private final Snapshots snapshots;
    private final Removals removals;
    private final Migrations migrations;
    private final Set<Long> coded = new HashSet<>();

    public SimulatedArray(Nature nature, Backing backing) {
        this.nature = nature;
        this.id = idOf(nature.name());
        this.inventory = new Inventory(new Ids(nature.name()));
        this.capacity = new Capacity(inventory, backing);
        this.volumes = new Volumes(inventory, capacity, backing, nature.clock());
        this.mappings = new Mappings(inventory, backing);
        this.snapshots = new Snapshots(inventory, volumes, backing, nature.clock());
        this.removals = new Removals(inventory, backing, nature.clock(), nature.timing());
        this.migrations = new Migrations(inventory, capacity, nature.clock(), nature.timing());
    }

    /** Returns the id that a system of that name has. */
    public static long idOf(String name) {
        return Ids.ofSystem(name);
    }

    /** Does some work while no one else does, after all that is due by now has happened. */
    public <T> T call(Supplier<T> work) {
        lock.lock();
        try {
            settle();
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #call}, without an answer. */
    public void run(Runnable work) {
        lock.lock();
        try {
            settle();
            work.run();
        } finally {
            lock.unlock();
        }
    }

    private void settle() {
        Instant now = nature.clock().instant();
        removals.settle(now);
        migrations.settle(now);
    }

    public long id() {
        return id;
    }

    public Nature nature() {
        return nature;
    }

    public Inventory inventory() {
        return inventory;
    }

    public Capacity capacity() {
        return capacity;
    }

    public Volumes volumes() {
        return volumes;
    }

    public Mappings mappings() {
        return mappings;
    }

    public Snapshots snapshots() {
        return snapshots;
    }

    public Removals removals() {
        return removals;
    }

    public Migrations migrations() {
        return migrations;
    }

    /** Adds a pool, and its protection domain if that is new. */
    public StoragePool addPool(String domain, String name, long usableKb, DataLayout layout, boolean zeroPadding) {
        ProtectionDomain in = inventory.domains().stream()
                .filter(one -> one.name().equals(domain))
                .findFirst()
                .orElseGet(() -> inventory.addDomain(domain));
        return inventory.add(new StoragePool(inventory.nextId("StoragePool"), name, in, usableKb, layout, zeroPadding));
    }

    public Sdc addSdc(String host, String guid, String ip) {
        return inventory.add(new Sdc(inventory.nextId("Sdc"), host, guid.toUpperCase(Locale.ROOT), ip));
    }

    public void rename(Sdc sdc, String name) {
        Names.check(name);
        sdc.rename(name);
    }

    public void tune(Sdc sdc, String profile) {
        sdc.tune(profile);
    }

    public void approve(Sdc sdc) {
        sdc.approve();
    }

    public void connect(Sdc sdc) {
        sdc.connect();
    }

    public void disconnect(Sdc sdc) {
        sdc.disconnect();
    }

    public void remove(Sdc sdc) {
        if (!inventory.volumesOn(sdc).isEmpty()) {
            throw new ArrayException(ArrayError.SDC_HAS_MAPPINGS);
        }
        if (sdc.isConnected()) {
            throw new ArrayException(ArrayError.SDC_CONNECTED);
        }
        inventory.remove(sdc);
    }

    public void begin(StoragePool pool, StoragePool.Trouble trouble) {
        pool.begin(trouble);
        settle();
    }

    public void end(StoragePool pool, StoragePool.Trouble trouble) {
        pool.end(trouble);
        settle();
    }

    public void replicate(Volume volume) {
        volume.replicate();
    }

    /** Lets a domain be of the generation with erasure coding. */
    public void code(ProtectionDomain domain) {
        coded.add(domain.id());
    }

    /** Returns whether a domain is of that generation. */
    public boolean isCoded(ProtectionDomain domain) {
        return coded.contains(domain.id());
    }

    public void failMigration(VTree tree, String reason) {
        migrations.fail(tree, reason);
    }
}
