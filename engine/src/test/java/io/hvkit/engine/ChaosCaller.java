package io.hvkit.engine;

import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.ChaosMemory.Fate;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.volume.VolumeRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;

/** Somebody who asks engines for one thing after the other, by lot, and remembers what he was told. */
final class ChaosCaller {

    static final List<Account> ACCOUNTS = List.of(Account.of("acme/dev"), Account.of("acme/test"), Account.of("other"));

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Set<Failure> NEVER = Set.of(Failure.DEFECT, Failure.CORRUPT_DATA, Failure.BAD_CREDENTIALS);

    /** Begins something by an engine. */
    @FunctionalInterface
    interface Begun<R> {
        Job<R> by(HvKit hvkit) throws InterruptedException;
    }

    /** Asks for something. */
    @FunctionalInterface
    interface Deed {
        void run() throws InterruptedException, IOException;
    }

    /** Asks for something that is done to a thing. */
    @FunctionalInterface
    interface DeedOn<T> {
        void on(T thing) throws InterruptedException;
    }

    private final ChaosWorld world;
    private final Supplier<ChaosEngine> mine;
    private final Supplier<ChaosEngine> other;
    private final Random dice;
    private final String name;
    private final List<Deed> deeds = new ArrayList<>();
    private HvKit hvkit;

    ChaosCaller(ChaosWorld world, Supplier<ChaosEngine> mine, Supplier<ChaosEngine> other, long seed, String name) {
        this.world = world;
        this.mine = mine;
        this.other = other;
        this.dice = new Random(seed);
        this.name = name;
        this.hvkit = mine.get().hvkit();
        new ChaosVolumes(world, this).enlist();
        new ChaosMachines(world, this).enlist();
        new ChaosSnapshots(world, this).enlist();
        new ChaosTemplates(world, this).enlist();
        new ChaosUpkeep(world, this).enlist();
    }

    /** Has a deed drawn so many times as often as one that is enlisted once. */
    void often(int times, Deed deed) {
        for (int i = 0; i < times; i++) {
            deeds.add(deed);
        }
    }

    /** Asks for one thing, and waits for what becomes of it. */
    void ask() throws InterruptedException {
        ChaosEngine engine = mine.get();
        hvkit = engine.hvkit();
        try {
            one(deeds).run();
        } catch (Fuse.Crash e) {
            world.log.count("told", "nothing: its engine is dead");
        } catch (CancellationException e) {
            world.log.say(name, "was told: %s", e);
            world.log.count("told", "cancelled");
        } catch (DriverException e) {
            world.log.count("told", e.failure().name());
            world.log.say(name, "was told: %s %s", e.effect(), e);
            if (NEVER.contains(e.failure()) && !engine.isDead()) {
                world.log.violation("%s was told: %s", name, e);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            if (!engine.isDead()) {
                world.log.violation(
                        "%s was told: %s at %s",
                        name, e, List.of(e.getStackTrace()).subList(0, 6));
            }
        }
    }

    /** Returns the engine of now. */
    HvKit hvkit() {
        return hvkit;
    }

    <T> T one(List<T> of) {
        return of.get(dice.nextInt(of.size()));
    }

    int below(int bound) {
        return dice.nextInt(bound);
    }

    boolean by(double chance) {
        return dice.nextDouble() < chance;
    }

    /** Asks for a thing, and now and then cancels it. */
    <R> Optional<R> ask(String what, Begun<R> begun) throws InterruptedException {
        world.log.say(name, "asks for %s", what);
        world.log.asked(what);
        Job<R> job = begun.by(hvkit);
        world.memory.operations().add(job.id());
        world.log.say(name, "has %s for %s", job.id(), what);
        JobEnd<R> end = by(0.05) ? job.cancel(PATIENCE) : job.await(PATIENCE);
        world.log.say(name, "has of %s: %s", what, end);
        return end.match(
                done -> {
                    world.log.count(what, "done");
                    return Optional.of(done.value());
                },
                detached -> {
                    world.log.count(what, "detached");
                    return Optional.<R>empty();
                },
                stopped -> {
                    world.log.count(
                            what,
                            stopped.fault().map(fault -> fault.failure().name()).orElse("cancelled"));
                    stopped.fault()
                            .filter(fault -> NEVER.contains(fault.failure()))
                            .ifPresent(fault -> world.log.violation("%s ended with %s", what, fault));
                    return Optional.<R>empty();
                });
    }

    /** Asks for a thing under a key, and now and then both engines: it must be one operation. */
    <R> Optional<R> askUnderKey(String what, Begun<R> begun) throws InterruptedException {
        if (by(0.7)) {
            return ask(what, begun);
        }
        HvKit elsewhere = other.get().hvkit();
        world.log.say(name, "asks both for %s", what);
        Job<R> first = begun.by(hvkit);
        try {
            Job<R> second = begun.by(elsewhere);
            if (!first.id().equals(second.id())) {
                world.log.violation("%s became two operations, %s and %s", what, first.id(), second.id());
            }
        } catch (Fuse.Crash | DriverException e) {
            world.log.say(name, "was told of the other: %s", e);
        }
        return ask(what, same -> first);
    }

    List<VolumeRecord> volumes() throws InterruptedException {
        return hvkit.volumes().page(Optional.empty(), 500);
    }

    /** Does something to one of the volumes, if there is one. */
    void onVolume(DeedOn<VolumeRecord> deed) throws InterruptedException {
        onOne(volumes(), deed);
    }

    /** Does something to one of some things, if there is one. */
    <T> void onOne(List<T> of, DeedOn<T> deed) throws InterruptedException {
        if (!of.isEmpty()) {
            deed.on(one(of));
        }
    }

    /** Returns who a thing is to count for, if it is to count. */
    Optional<Account> owner(Fate fate) {
        return by(0.7) ? Optional.of(fate.ownedBy(one(ACCOUNTS))) : Optional.empty();
    }

    /** Returns a request for a volume somewhere, of some kind, for somebody. */
    VolumeRequest request(String called) {
        VolumeRequest blank =
                VolumeRequest.blank(called, ChaosWorld.SIZE, one(world.pools).id());
        VolumeRequest formed = by(0.6) ? blank.as(ImageFormat.QCOW2) : blank;
        VolumeRequest locked = by(0.5) ? formed.encrypted() : formed;
        return owner(world.memory.volume(called)).map(locked::ownedBy).orElse(locked);
    }
}
