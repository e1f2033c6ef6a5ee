package io.hvkit.engine;

import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.StorageDrivers;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** An engine as it lives in a process of its own, until that is killed. */
final class ChaosEngine implements AutoCloseable {

    private final ChaosWorld world;
    private final String name;
    private final AtomicBoolean dead = new AtomicBoolean();
    private final HvKit hvkit;

    ChaosEngine(ChaosWorld world, String name) throws InterruptedException {
        this.world = world;
        this.name = name;
        Fuse life = Fuse.atEach(this::live);
        Fuse outside = Fuse.atEach(() -> {
            live();
            world.endure(name);
            live();
        });
        hvkit = HvKit.open(HvKitConfig.on(life.around(world.open()))
                .timedBy(world::now)
                .leasing(HvKitConfig.SHORTEST_LEASE)
                .keysFrom(KeyProvider.file(world.keys))
                .stagingIn(world.staging)
                .endPointsFrom(host -> Optional.of(RelayedEndPoint.of(
                        new ChaosEndPoint(host.hostId(), world.array, world.log),
                        call -> outside.burn(),
                        call -> outside.burn())))
                .runBy(this::run)
                .driversFrom(
                        HypervisorDrivers.of(List.of(new FusedHosts(world.hypervisors, outside))),
                        StorageDrivers.of(List.of(new FusedStorage(new ChaosStorage(world.array), outside)))));
    }

    private void run(Runnable job) {
        Thread thread = new Thread(job, name + " " + job);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((where, why) -> {
            if (!(why instanceof Fuse.Crash)) {
                world.log.violation("%s died of %s", where.getName(), why);
            }
        });
        thread.start();
    }

    private void live() {
        if (dead.get()) {
            Thread.currentThread().setUncaughtExceptionHandler((where, why) -> {}); // the dead tell nothing
            throw new Fuse.Crash();
        }
    }

    HvKit hvkit() {
        return hvkit;
    }

    boolean isDead() {
        return dead.get();
    }

    /** From now on nothing that it does reaches anybody. */
    void kill() {
        world.log.say(name, "is killed");
        world.log.count("kill", "done");
        dead.set(true);
    }

    @Override
    public void close() {
        hvkit.close();
    }
}
