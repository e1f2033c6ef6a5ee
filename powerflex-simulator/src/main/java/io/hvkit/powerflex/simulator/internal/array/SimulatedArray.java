package io.hvkit.powerflex.simulator.internal.array;

import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.powerflex.simulator.control.SimulatorClock;
import io.hvkit.powerflex.simulator.control.Timing;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
    private final Memory memory;

    /**
     * Makes an array, or brings back what an earlier run has kept in the memory.
     *
     * @throws IllegalStateException if bytes of a volume that the memory knows are missing
     */
    public SimulatedArray(Nature nature, Backing backing, Memory memory) {
        this.nature = nature;
        this.id = idOf(nature.name());
        this.inventory = new Inventory(new Ids(nature.name()));
        this.capacity = new Capacity(inventory, backing);
        this.volumes = new Volumes(inventory, capacity, backing, nature.clock());
        this.mappings = new Mappings(inventory, backing);
        this.snapshots = new Snapshots(inventory, volumes, backing, nature.clock());
        this.removals = new Removals(inventory, backing, nature.clock(), nature.timing());
        this.migrations = new Migrations(inventory, capacity, nature.clock(), nature.timing());
        this.memory = memory;
        memory.last().ifPresent(state -> recall(state, backing));
    }

    private void recall(ArrayState state, Backing backing) {
        Duration behind = Duration.between(nature.clock().instant(), Instant.parse(state.clock()));
        if (!behind.isNegative()) {
            nature.clock().advance(behind);
        }
        Recalling recalling = new Recalling(state, inventory);
        recalling.objects(mappings);
        recalling.content(backing);
    }

    /** Returns the id that a system of that name has. */
    public static long idOf(String name) {
        return Ids.ofSystem(name);
    }

    /** Does some work while no one else does, after all that is due by now has happened. */
    public <T> T call(Supplier<T> work) {
        lock.lock();
        try {
            return remembering(work);
        } finally {
            lock.unlock();
        }
    }

    private <T> T remembering(Supplier<T> work) {
        try {
            settle();
            return work.get();
        } finally {
            remember(); // what was refused may have been half done
        }
    }

    /** As {@link #call}, without an answer. */
    public void run(Runnable work) {
        call(() -> {
            work.run();
            return work;
        });
    }

    /** Does what is due by now. */
    public void pass() {
        lock.lock();
        try {
            if (settle()) {
                remember();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean settle() {
        Instant now = nature.clock().instant();
        boolean removed = removals.settle(now);
        return migrations.settle(now) || removed;
    }

    private void remember() {
        if (memory.isKept()) {
            memory.keep(Remembering.of(inventory, mappings, nature.clock().instant()));
        }
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

    /**
     * Adds a pool, and its protection domain if that is new; one that is there already is left as it is.
     *
     * @throws IllegalArgumentException if its domain protects data otherwise, or the pool that is there is of another design
     */
    public StoragePool addPool(StoragePool.Design design) {
        ProtectionDomain domain = inventory.domains().stream()
                .filter(one -> one.name().equals(design.domain()))
                .findFirst()
                .orElseGet(() -> inventory.addDomain(design.domain(), design.erasureCoded()));
        if (domain.isErasureCoded() != design.erasureCoded()) {
            throw new IllegalArgumentException("the protection domain " + domain.name() + " is "
                    + (domain.isErasureCoded() ? "erasure coded" : "mirrored") + ", and so are all of its pools; put "
                    + design.name() + " into another one");
        }
        Optional<StoragePool> old = inventory.pools().stream()
                .filter(one -> one.domain().equals(domain) && one.name().equals(design.name()))
                .findFirst();
        StoragePool pool = old.orElseGet(() -> new StoragePool(inventory.nextId("StoragePool"), domain, design));
        if (!pool.design().equals(design)) {
            throw new IllegalArgumentException("the pool " + design.name() + " is there as " + pool.design()
                    + ", not as " + design + "; give it another name, or another folder to a system that differs");
        }
        return inventory.add(pool);
    }

    /** Adds a host, or tells of one that is known already where it is now. */
    public Sdc addSdc(String host, String guid, String ip) {
        Optional<Sdc> known =
                inventory.sdcs().stream().filter(one -> one.host().equals(host)).findFirst();
        known.ifPresent(sdc -> sdc.moveTo(ip));
        return known.orElseGet(
                () -> inventory.add(new Sdc(inventory.nextId("Sdc"), host, guid.toUpperCase(Locale.ROOT), ip)));
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
        domain.codeErasure();
    }

    public void failMigration(VTree tree, String reason) {
        migrations.fail(tree, reason);
    }
}
