package io.hvkit.engine;

import io.hvkit.catalog.spi.ChainRecord;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Two engines of which many ask everything at once, while calls fail, answers are lost and engines are killed; now and then all come to rest. */
final class ChaosCampaign implements AutoCloseable {

    private static final int CALLERS = 4;
    private static final int CALM = 3;
    private static final double BADNESS = 0.004;
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Nobody works on them any more when all has ended, and what could not be taken back of them goes with them. */
    private static final Set<SnapshotRecord.State> HALF_TAKEN = EnumSet.of(
            SnapshotRecord.State.ALLOCATED,
            SnapshotRecord.State.CREATING,
            SnapshotRecord.State.BACKING_UP,
            SnapshotRecord.State.ERROR);

    private final ChaosWorld world;
    private final Random dice;
    private final List<AtomicReference<ChaosEngine>> engines;
    private int births;

    ChaosCampaign(ChaosWorld world, long seed) throws InterruptedException {
        this.world = world;
        this.dice = new Random(seed);
        this.engines = List.of(new AtomicReference<>(born(0)), new AtomicReference<>(born(1)));
    }

    private ChaosEngine born(int node) throws InterruptedException {
        births++;
        return world.engine("engine-" + (node + 1) + "." + births);
    }

    /** Has so much asked for, lets all come to rest, and judges. */
    void round(int operations, String when) throws Exception {
        world.become(dice.nextInt(CALM) == 0 ? 0 : BADNESS);
        struggle(world.log.asked() + operations);
        world.become(0);
        settle(when);
        ChaosOracle.check(world, when);
    }

    /** Lets callers ask, each one thing after the other, while engines are killed. */
    private void struggle(int goal) throws InterruptedException {
        CountDownLatch left = new CountDownLatch(CALLERS);
        for (int i = 0; i < CALLERS; i++) {
            int node = i % engines.size();
            String name = "caller-" + (i + 1);
            ChaosCaller caller =
                    new ChaosCaller(world, engines.get(node)::get, engines.get(1 - node)::get, dice.nextLong(), name);
            new Thread(() -> ask(caller, goal, left), name).start();
        }
        int next = world.log.asked() + aWhile();
        while (!left.await(1 + dice.nextInt(50), TimeUnit.MILLISECONDS)) {
            if (world.log.asked() >= next && world.log.asked() < goal) {
                killOne();
                next = world.log.asked() + aWhile();
            }
        }
    }

    private int aWhile() {
        return 15 + dice.nextInt(20);
    }

    private void ask(ChaosCaller caller, int goal, CountDownLatch left) {
        try {
            while (world.log.asked() < goal) {
                caller.ask();
            }
        } catch (InterruptedException e) {
            world.log.violation("%s was interrupted", Thread.currentThread().getName());
        } finally {
            left.countDown();
        }
    }

    private void killOne() throws InterruptedException {
        int node = dice.nextInt(engines.size());
        ChaosEngine doomed = engines.get(node).getAndSet(born(node)); // so that nobody spends his questions on the dead
        doomed.kill();
        world.catalog
                .inTransaction(t -> t.journal().open())
                .forEach(open -> world.memory.operations().add(open.id())); // nobody may have been told of them
        world.pass(Duration.ofSeconds(dice.nextInt(3)));
    }

    /** Lets all that is open come to its end, and asks for what was left behind to be removed. */
    private void settle(String when) throws InterruptedException {
        HvKit hvkit = Objects.requireNonNull(engines.get(0).get()).hvkit();
        Await.until("all has ended, " + when, PATIENCE, () -> hasEnded(hvkit), () -> world.log.about(open(hvkit)));
        List<OperationRecord> untidy = untidy();
        tidyAfter(untidy, hvkit, when);
        ChaosSight sight = new ChaosSight(world, when);
        for (VolumeRecord volume : sight.volumes) {
            tidy(hvkit, volume, when);
        }
        growAgain(untidy, hvkit);
        for (ChainRecord chain : sight.all(Transaction::chains)) {
            tidy(hvkit, chain, when); // those of volumes that are gone, too
        }
        for (SnapshotRecord snapshot : sight.all(Transaction::snapshots)) {
            if (HALF_TAKEN.contains(snapshot.chained().orElseThrow().state())) {
                world.memory.snapshot(snapshot.name()).doom();
                hvkit.snapshots().delete(snapshot.id()).await();
            }
        }
        for (TemplateCopyRecord copy : sight.all(Transaction::templateCopies)) {
            if (copy.state() != TemplateCopyRecord.State.READY) {
                hvkit.templates()
                        .find(copy.template())
                        .ifPresent(half -> world.memory.template(half.name()).doom());
                hvkit.templates().delete(copy.template()).await();
            }
        }
        if (dice.nextInt(CALM) == 0) {
            world.pass(Keys.SHORTEST_GRACE);
            world.log.say("campaign", "destroyed keys: %s", hvkit.keys().destroyUnneeded(Keys.SHORTEST_GRACE));
        }
    }

    /** Returns the operations that have told of leftovers since the last time. */
    private List<OperationRecord> untidy() throws InterruptedException {
        List<OperationRecord> untidy = new ArrayList<>();
        for (RecordId<OperationRecord> id : world.memory.operations()) {
            world.catalog
                    .inTransaction(t -> t.journal().find(id))
                    .filter(ended -> ended.outcome()
                            .filter(outcome -> !outcome.leftovers().isEmpty())
                            .isPresent())
                    .ifPresent(untidy::add);
        }
        world.memory.operations().clear();
        return untidy;
    }

    /** Returns the volumes that an operation was about: its own, or all disks of its machine. */
    private static List<VolumeRecord> volumesOf(OperationRecord operation, HvKit hvkit) throws InterruptedException {
        List<VolumeRecord> volumes = new ArrayList<>();
        for (Map.Entry<String, String> told : operation.request().texts().entrySet()) {
            if (told.getKey().equals("volume") || told.getKey().matches("disk\\.\\d+")) {
                hvkit.volumes().find(new RecordId<>(told.getValue())).ifPresent(volumes::add);
            }
        }
        return volumes;
    }

    /** Hosts may have volumes, or a template, that were not taken from them. */
    private void tidyAfter(List<OperationRecord> untidy, HvKit hvkit, String when) throws InterruptedException {
        for (OperationRecord operation : untidy) {
            Optional<RecordId<MachineRecord>> machine =
                    operation.request().find("machine").map(RecordId::new);
            if (operation.kind().startsWith("machine.")
                    && machine.isPresent()
                    && hvkit.machines().find(machine.get()).isPresent()) {
                world.log.say("campaign", "tidies machine %s up after %s", machine.get(), operation.outcome());
                hvkit.machines().tidy(machine.get()).await();
            }
            for (VolumeRecord volume : volumesOf(operation, hvkit)) {
                world.log.say("campaign", "tidies %s up after %s", volume.name(), operation.outcome());
                tidyOnly(hvkit, volume, when);
            }
            Optional<RecordId<TemplateRecord>> template =
                    operation.request().find("template").map(RecordId::new);
            if (template.isPresent() && hvkit.templates().find(template.get()).isPresent()) {
                world.log.say("campaign", "tidies template %s up after %s", template.get(), operation.outcome());
                hvkit.templates().tidy(template.get()).await();
            }
        }
    }

    /** Where a pool could not say how large a volume became, that was a leftover. */
    private static void growAgain(List<OperationRecord> untidy, HvKit hvkit) throws InterruptedException {
        for (OperationRecord operation : untidy) {
            if (operation.kind().equals("volume.grow")) {
                for (VolumeRecord volume : volumesOf(operation, hvkit)) {
                    hvkit.volumes().grow(volume.id(), volume.size()).await();
                }
            }
        }
    }

    private boolean hasEnded(HvKit hvkit) throws InterruptedException {
        if (hvkit.jobs().open().isEmpty()) {
            return true;
        }
        world.pass(LEASE);
        world.log.say("campaign", "recovers: %s", hvkit.recover());
        return hvkit.jobs().open().isEmpty();
    }

    private static List<String> open(HvKit hvkit) {
        try {
            return hvkit.jobs().open().stream()
                    .map(OperationRecord::id)
                    .map(RecordId::value)
                    .toList();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void tidyOnly(HvKit hvkit, VolumeRecord volume, String when) throws InterruptedException {
        try {
            hvkit.volumes().tidy(volume.id()).await();
        } catch (DriverException e) {
            throw new AssertionError(
                    volume + " is not tidied, " + when + world.log.about(List.of(volume.name() + " ")), e);
        }
    }

    private void tidy(HvKit hvkit, VolumeRecord volume, String when) throws InterruptedException {
        try {
            if (volume.second().isPresent()) {
                switch (volume.second().get().role()) {
                    case NEXT_KEY, FORMER_KEY -> {
                        stopMachineOf(volume, hvkit); // a key is not taken away under a guest
                        hvkit.volumes().rekey(volume.id()).await();
                    }
                    default -> hvkit.volumes().tidy(volume.id()).await();
                }
            }
            VolumeRecord tidied = hvkit.volumes().find(volume.id()).orElseThrow();
            if (tidied.state() == VolumeRecord.State.CREATING || tidied.state() == VolumeRecord.State.DELETING) {
                world.memory.volume(volume.name()).doom();
                hvkit.volumes().delete(volume.id()).await();
            }
        } catch (DriverException e) {
            throw new AssertionError(
                    volume + " is not tidied, " + when + world.log.about(List.of(volume.name() + " ")), e);
        }
    }

    private void stopMachineOf(VolumeRecord volume, HvKit hvkit) throws InterruptedException {
        List<MachineRecord> running =
                world.catalog.inTransaction(t -> t.machineDisks().where(MachineDiskRecord.VOLUME, volume.id()).stream()
                        .map(disk -> t.machines().require(disk.machine()))
                        .filter(machine -> machine.state() == MachineRecord.State.RUNNING)
                        .toList());
        for (MachineRecord machine : running) {
            hvkit.machines().stop(machine.id(), StopMode.POWER_OFF).await();
        }
    }

    private static void tidy(HvKit hvkit, ChainRecord chain, String when) throws InterruptedException {
        try {
            hvkit.snapshots().tidy(chain.volume()).await();
        } catch (DriverException e) {
            throw new AssertionError(chain + " is not tidied, " + when, e);
        }
    }

    /** Lets the engines of now go. */
    @Override
    public void close() {
        engines.forEach(engine -> Objects.requireNonNull(engine.get()).close());
    }
}
