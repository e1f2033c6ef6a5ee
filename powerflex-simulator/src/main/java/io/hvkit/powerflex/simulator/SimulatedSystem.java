package io.hvkit.powerflex.simulator;

import io.hvkit.powerflex.simulator.control.Calls;
import io.hvkit.powerflex.simulator.control.Faults;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.powerflex.simulator.control.Timing.Span;
import io.hvkit.powerflex.simulator.internal.array.Ids;
import io.hvkit.powerflex.simulator.internal.array.Sdc;
import io.hvkit.powerflex.simulator.internal.array.StoragePool;
import io.hvkit.powerflex.simulator.internal.array.StoragePool.Trouble;
import io.hvkit.powerflex.simulator.internal.array.VTree;
import io.hvkit.powerflex.simulator.internal.array.Volume;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/** A system with its gateway, and what a test may do to it. Any thread may use it. */
public final class SimulatedSystem {

    private final RunningSystem running;

    SimulatedSystem(RunningSystem running) {
        this.running = running;
    }

    /** Returns where the gateway listens, such as {@code https://localhost:45123}. */
    public URI uri() {
        return running.uri();
    }

    /** Returns its id: 16 digits, as in the names of devices. */
    public String id() {
        return Ids.text(running.array().id());
    }

    /** Returns its name. */
    public String name() {
        return running.array().nature().name();
    }

    /** Returns the version that it plays. */
    public GatewayVersion version() {
        return running.array().nature().version();
    }

    /** Returns who may log in. */
    public String user() {
        return running.account().user();
    }

    /** Returns the password. */
    public String password() {
        return running.account().password();
    }

    /** Returns the faults that wait for calls. */
    public Faults faults() {
        return running.faults();
    }

    /** Returns the calls that clients made. */
    public Calls calls() {
        return running.calls();
    }

    /** Ends all sessions: the next call with each token is answered 401. */
    public void expireTokens() {
        running.sessions().expireAll();
    }

    /** Returns the id of a pool. */
    public String poolId(String name) {
        return running.array().call(() -> Ids.text(pool(name).id()));
    }

    /** Returns the id by which this system knows a host. */
    public String sdcId(SimulatedHost host) {
        return running.array().call(() -> Ids.text(sdc(host).id()));
    }

    /** Returns all volumes and snapshots, those too that are being removed: by their names, or by their ids if they have none. */
    public List<String> volumes() {
        return running.array()
                .call(() -> running.array().inventory().everyVolume().stream()
                        .map(SimulatedSystem::title)
                        .toList());
    }

    /** Returns all mappings: a volume, as in {@link #volumes}, and the host. */
    public List<String> mappings() {
        return running.array()
                .call(() -> running.array().inventory().volumes().stream()
                        .flatMap(volume -> volume.mappings().stream()
                                .map(mapping ->
                                        title(volume) + " on " + mapping.sdc().host()))
                        .toList());
    }

    /** Returns the name of the pool where a volume is; while it migrates, of the one that it comes from. */
    public String poolOf(String volumeId) {
        return running.array().call(() -> tree(volumeId).pool().name());
    }

    private static String title(Volume volume) {
        return volume.name().orElseGet(() -> Ids.text(volume.id()));
    }

    /** Lets a pool be full, until {@link #drain}. */
    public void fill(String pool) {
        begin(pool, Trouble.FULL);
    }

    /** Lets a pool have room again. */
    public void drain(String pool) {
        end(pool, Trouble.FULL);
    }

    /** Begins a rebuild: migrations from and to the pool stand still until {@link #endRebuild}, unless they were told not to. */
    public void beginRebuild(String pool) {
        begin(pool, Trouble.REBUILD);
    }

    /** Ends a rebuild. */
    public void endRebuild(String pool) {
        end(pool, Trouble.REBUILD);
    }

    /** Begins a rebalance: all migrations from and to the pool stand still until {@link #endRebalance}. */
    public void beginRebalance(String pool) {
        begin(pool, Trouble.REBALANCE);
    }

    /** Ends a rebalance. */
    public void endRebalance(String pool) {
        end(pool, Trouble.REBALANCE);
    }

    /** Returns how much of its volume's migration is done, between 0 and 1; nothing if there is none. */
    public OptionalDouble migrated(String volumeId) {
        return running.array()
                .call(() -> tree(volumeId)
                        .migration()
                        .map(one -> OptionalDouble.of(
                                one.part(running.array().nature().timing().of(Span.MIGRATION))))
                        .orElse(OptionalDouble.empty()));
    }

    /** Ends a volume's migration without success: it is where it was, and the reason is told. */
    public void failMigration(String volumeId, String reason) {
        running.array().run(() -> running.array().failMigration(tree(volumeId), reason));
    }

    /** Lets a volume be replicated to another system, as far as its JSON tells: nothing else is played of that. */
    public void replicate(String volumeId) {
        running.array()
                .run(() -> running.array().replicate(running.array().inventory().volume(Ids.parse(volumeId))));
    }

    /**
     * Lets a protection domain say that it is of the generation with erasure coding, which careful clients of this one refuse: from
     * now on it takes no volumes.
     */
    public void codeErasure(String domain) {
        running.array()
                .run(() -> running.array().code(running.array().inventory().domainNamed(domain)));
    }

    /** Lets a host reach the system again. */
    public void connect(SimulatedHost host) {
        running.array().run(() -> running.connect(sdc(host)));
    }

    /** Lets a host lose the system; what is mapped stays mapped, and its devices stay. */
    public void disconnect(SimulatedHost host) {
        running.array().run(() -> running.disconnect(sdc(host)));
    }

    /** Returns the file with a volume's bytes. */
    public Path contentOf(String volumeId) {
        return running.devices().file(Ids.parse(volumeId));
    }

    private void begin(String pool, Trouble trouble) {
        running.array().run(() -> running.array().begin(pool(pool), trouble));
    }

    private void end(String pool, Trouble trouble) {
        running.array().run(() -> running.array().end(pool(pool), trouble));
    }

    private StoragePool pool(String name) {
        return running.array().inventory().pools().stream()
                .filter(pool -> pool.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no pool '" + name + "'"));
    }

    private Sdc sdc(SimulatedHost host) {
        return running.array().inventory().sdcs().stream()
                .filter(sdc -> sdc.host().equals(host.name()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("this system does not know " + host.name()));
    }

    private VTree tree(String volumeId) {
        return running.array().inventory().volume(Ids.parse(volumeId)).tree();
    }
}
