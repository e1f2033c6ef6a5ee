package io.hvkit.scaleio;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.powerflex.simulator.control.Fault;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.powerflex.simulator.control.SimulatorClock;
import io.hvkit.powerflex.simulator.control.Timing;
import io.hvkit.scaleio.CampaignModel.Disk;
import io.hvkit.scaleio.CampaignModel.Past;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeLimits;
import io.hvkit.storage.spi.VolumeUse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/** Operations on an array of its own, by a seed, while answers are late, lost, refused or turned round. */
final class Campaign implements AutoCloseable {

    private static final ByteSize STEP = ByteSize.gibibytes(8);
    private static final int MOST_DISKS = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final List<String> STRUCK = List.of(
            "*",
            "createVolume",
            "queryIdByKey",
            "getVolume",
            "addMappedSdc",
            "removeMappedSdc",
            "setVolumeSize",
            "snapshotVolumes",
            "removeVolume",
            "overwriteVolumeContent",
            "setMappedSdcLimits",
            "setVolumeName",
            "VTree.Volume",
            "getSdc",
            "getVTree",
            "migrateVTree");

    /** One thing to ask for, and what it is to be refused with, if it is. */
    private record Deed(String what, Optional<Failure> refusal, Asked asked) {}

    @FunctionalInterface
    private interface Asked {
        void run() throws InterruptedException;
    }

    private final CampaignModel model = new CampaignModel();
    private final Secret key = Secret.random();
    private final long seed;
    private final Random random;
    private final Simulated array;
    private final StoragePool pool;
    private final StoragePool target;
    private int names;

    Campaign(long seed) throws InterruptedException {
        this.seed = seed;
        this.random = new Random(seed);
        Timing times = Simulated.brisk()
                .with(Timing.Span.REMOVAL, Duration.ZERO)
                .with(Timing.Span.MIGRATION_STARTS, Duration.ZERO)
                .with(Timing.Span.MIGRATION, Duration.ZERO);
        GatewayVersion version = seed % 2 == 0 ? GatewayVersion.V3_6 : GatewayVersion.V4_5;
        array = Simulated.start(version, SimulatorClock.running(), times);
        pool = array.open();
        target = array.open(Map.of("pool", "pool2"));
    }

    @Override
    public void close() {
        pool.close();
        target.close();
        array.close();
        key.close();
    }

    /** Does so many operations, or as many as there is time for; returns how many. */
    int run(int operations, Duration limit) throws InterruptedException {
        long start = System.nanoTime();
        int done = 0;
        for (; done < operations && System.nanoTime() - start < limit.toNanos(); done++) {
            String trail = "seed " + seed + ", operation " + done;
            Deed deed = next();
            run(deed, trail);
            assertThat(array.volumesOfTheArray()).as("%s: %s", trail, deed.what).isEqualTo(model.volumesOfTheArray());
            if (done % 25 == 0) {
                compare(trail);
            }
        }
        compare("seed " + seed + ", at the end");
        clear();
        assertThat(array.volumesOfTheArray()).as("seed %d: left over", seed).isZero();
        return done;
    }

    /** Asks under faults; if that fails, asks again without: whatever the first call did, the effect is one. */
    private void run(Deed deed, String trail) throws InterruptedException {
        boolean full = deed.what.startsWith("create") && random.nextInt(20) == 0;
        if (full) {
            array.system().fill("pool1");
        } else {
            strike();
        }
        try {
            deed.asked.run();
            assertThat(deed.refusal).as("%s: %s", trail, deed.what).isEmpty();
            return;
        } catch (DriverException e) {
            assertThat(e.failure()).as("%s: %s: %s", trail, deed.what, e).isNotEqualTo(Failure.DEFECT);
            if (full) {
                assertThat(e.failure()).as("%s: %s: %s", trail, deed.what, e).isEqualTo(Failure.EXHAUSTED);
                assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                assertThat(array.volumesOfTheArray()).as(trail).isEqualTo(model.volumesOfTheArray());
            }
        } finally {
            array.system().faults().clear();
            array.system().drain("pool1");
        }
        try {
            deed.asked.run();
            assertThat(deed.refusal).as("%s: %s", trail, deed.what).isEmpty();
        } catch (DriverException e) {
            assertThat(deed.refusal).as("%s: %s: %s", trail, deed.what, e).contains(e.failure());
        }
    }

    private void strike() {
        for (int more = random.nextInt(3); more > 0; more--) {
            Fault at = Fault.at(STRUCK.get(random.nextInt(STRUCK.size())));
            array.system()
                    .faults()
                    .add(
                            switch (random.nextInt(9)) {
                                case 0 -> at.answering(401);
                                case 1 -> at.answering(503);
                                case 2 -> at.afterWork().answering(500);
                                case 3 -> at.losingTheAnswer();
                                case 4 -> at.afterWork().losingTheAnswer();
                                case 5 -> at.slowBy(Duration.ofMillis(random.nextInt(20)));
                                case 6 -> at.reordering().times(3);
                                case 7 -> at.refusing(164).times(1 + random.nextInt(6));
                                default -> at.afterWork().answering(503).times(6);
                            });
        }
    }

    private Deed next() {
        if (model.disks.isEmpty() || (model.disks.size() < MOST_DISKS && random.nextInt(6) == 0)) {
            return create();
        }
        Disk disk = model.disks.get(random.nextInt(model.disks.size()));
        return switch (random.nextInt(14)) {
            case 0 -> again(disk);
            case 1, 2 -> delete(disk);
            case 3, 4, 5 -> attach(disk);
            case 6, 7 -> detach(disk);
            case 8 -> grow(disk);
            case 9 -> disk.pasts.size() < 4 && random.nextBoolean() ? take(disk) : forget(disk);
            case 10 -> random.nextBoolean() ? revert(disk) : together();
            case 11 -> model.disks.size() < MOST_DISKS ? clone(disk) : delete(disk);
            case 12 -> random.nextBoolean() ? rename(disk) : limit(disk);
            default -> move(disk);
        };
    }

    private String name() {
        names++;
        return "c" + names;
    }

    private CreateVolume request(String name, boolean isEncrypted, ByteSize size) {
        CreateVolume plain = CreateVolume.blank(name, size);
        return isEncrypted ? plain.encryptedBy(key) : plain;
    }

    private Deed create() {
        CreateVolume request = request(name(), random.nextBoolean(), ByteSize.gibibytes(1 + random.nextInt(12)));
        return new Deed("create " + request.name(), Optional.empty(), () -> {
            Volume made = pool.create(request);
            model.disks.add(new Disk(made.id(), model.newTree(), made.name(), made.size()));
        });
    }

    /** A name that is taken by a volume of another size or encryption. */
    private Deed again(Disk disk) {
        return new Deed(
                "again " + disk.name,
                Optional.of(Failure.EXISTS_DIFFERENTLY),
                () -> pool.create(request(disk.name, random.nextBoolean(), disk.size.plus(STEP))));
    }

    private Deed delete(Disk disk) {
        boolean isHeld = !disk.uses.isEmpty() || !disk.pasts.isEmpty();
        return new Deed("delete " + disk.name, isHeld ? Optional.of(Failure.IN_USE) : Optional.empty(), () -> {
            pool.delete(disk.id);
            model.disks.remove(disk);
        });
    }

    private VolumeUse anyUse() {
        VolumeUse.Reason[] reasons = VolumeUse.Reason.values();
        VolumeUse use = VolumeUse.by(new HostId(Simulated.HOSTS.get(random.nextInt(2))))
                .because(reasons[random.nextInt(reasons.length)]);
        return random.nextBoolean() ? use.shared() : use;
    }

    private Deed attach(Disk disk) {
        VolumeUse use = anyUse();
        boolean conflicts = disk.uses.stream().anyMatch(use::conflictsWith);
        return new Deed("attach " + disk.name, conflicts ? Optional.of(Failure.IN_USE) : Optional.empty(), () -> {
            pool.attach(disk.id, use);
            disk.uses.removeIf(use::isSameAs);
            disk.uses.add(use);
        });
    }

    private Deed detach(Disk disk) {
        VolumeUse use = disk.uses.isEmpty() ? anyUse() : disk.uses.iterator().next();
        return new Deed("detach " + disk.name, Optional.empty(), () -> {
            pool.detach(disk.id, use.host(), use.reason());
            disk.uses.removeIf(use::isSameAs);
        });
    }

    private Deed grow(Disk disk) {
        ByteSize wanted = disk.size.compareTo(ByteSize.gibibytes(40)) > 0 ? disk.size : disk.size.plus(STEP);
        return new Deed(
                "grow " + disk.name,
                Optional.empty(),
                () -> disk.size =
                        pool.growth().orElseThrow().growTo(disk.id, wanted).size());
    }

    private Deed take(Disk disk) {
        String name = name();
        byte content = (byte) (1 + random.nextInt(100));
        array.write(disk.id, content);
        disk.content = content;
        return new Deed("take " + disk.name, Optional.empty(), () -> {
            Snapshot taken = pool.snapshots().orElseThrow().take(disk.id, name);
            disk.pasts.add(new Past(taken.id(), name, taken.size(), content));
        });
    }

    private Deed forget(Disk disk) {
        if (disk.pasts.isEmpty()) {
            return detach(disk);
        }
        Past past = disk.pasts.get(random.nextInt(disk.pasts.size()));
        return new Deed("forget " + past.name(), Optional.empty(), () -> {
            pool.snapshots().orElseThrow().delete(past.id());
            disk.pasts.remove(past);
        });
    }

    private static Optional<Failure> hindrance(Disk disk, Past past) {
        if (!disk.uses.isEmpty()) {
            return Optional.of(Failure.IN_USE);
        }
        return past.size().equals(disk.size) ? Optional.empty() : Optional.of(Failure.UNSUPPORTED);
    }

    private Deed revert(Disk disk) {
        if (disk.pasts.isEmpty()) {
            return take(disk);
        }
        Past past = disk.pasts.get(random.nextInt(disk.pasts.size()));
        return new Deed("revert " + disk.name, hindrance(disk, past), () -> {
            pool.snapshots().orElseThrow().revert(past.id());
            disk.content = past.content();
        });
    }

    /** Takes a group of some volumes, or brings some back that were taken. */
    private Deed together() {
        Map<Disk, Past> back = new LinkedHashMap<>();
        Set<Disk> chosen = new LinkedHashSet<>();
        for (Disk disk : model.disks) {
            if (random.nextInt(3) == 0) {
                chosen.add(disk);
                disk.pasts.stream()
                        .filter(past -> hindrance(disk, past).isEmpty())
                        .findFirst()
                        .ifPresent(past -> back.put(disk, past));
            }
        }
        if (back.size() > 1) {
            Set<SnapshotId> ids = back.values().stream().map(Past::id).collect(Collectors.toSet());
            return new Deed("revert together", Optional.empty(), () -> {
                pool.snapshotGroups().orElseThrow().revert(ids);
                back.forEach((disk, past) -> disk.content = past.content());
            });
        }
        chosen.removeIf(disk -> disk.pasts.size() > 4);
        if (chosen.isEmpty()) {
            return create();
        }
        String name = name();
        Set<VolumeId> ids = chosen.stream().map(disk -> disk.id).collect(Collectors.toSet());
        return new Deed("take together", Optional.empty(), () -> {
            Map<VolumeId, Snapshot> taken = pool.snapshotGroups().orElseThrow().take(ids, name);
            for (Disk disk : chosen) {
                Snapshot one = Optional.ofNullable(taken.get(disk.id)).orElseThrow();
                disk.pasts.add(new Past(one.id(), name, one.size(), disk.content));
            }
        });
    }

    private Deed clone(Disk disk) {
        String name = name();
        return new Deed("clone " + disk.name, Optional.empty(), () -> {
            Volume made = pool.clones().orElseThrow().create(CloneVolume.of(disk.id, name));
            Disk twin = new Disk(made.id(), disk.tree, name, made.size());
            twin.content = disk.content;
            model.disks.add(twin);
        });
    }

    private Deed rename(Disk disk) {
        String name = name();
        return new Deed("rename " + disk.name, Optional.empty(), () -> {
            pool.renaming().orElseThrow().rename(disk.id, name);
            disk.name = name;
        });
    }

    private Deed limit(Disk disk) {
        VolumeLimits limits =
                random.nextBoolean() ? VolumeLimits.none() : VolumeLimits.none().iops(100 + random.nextInt(900));
        return new Deed(
                "limit " + disk.name,
                Optional.empty(),
                () -> disk.limits = pool.limits().orElseThrow().set(disk.id, limits));
    }

    /** There and back again; what was cut short in the other pool is brought back by the same request. */
    private Deed move(Disk disk) {
        boolean isHeld = model.sharesItsTree(disk);
        return new Deed("move " + disk.name, isHeld ? Optional.of(Failure.UNSUPPORTED) : Optional.empty(), () -> {
            if (pool.find(disk.id).isPresent()) {
                pool.migration()
                        .orElseThrow()
                        .start(disk.id, target)
                        .await(PATIENCE)
                        .orElseThrow()
                        .orThrow();
            }
            target.migration()
                    .orElseThrow()
                    .start(disk.id, pool)
                    .await(PATIENCE)
                    .orElseThrow()
                    .orThrow();
        });
    }

    private void compare(String trail) throws InterruptedException {
        List<String> told = new ArrayList<>();
        for (Volume volume : pool.list()) {
            told.add(volume.id() + " " + volume.name() + " " + volume.size());
        }
        assertThat(told)
                .as(trail)
                .containsExactlyInAnyOrderElementsOf(model.disks.stream()
                        .map(disk -> disk.id + " " + disk.name + " " + disk.size)
                        .toList());
        for (Disk disk : model.disks) {
            assertThat(pool.uses(disk.id)).as(trail).isEqualTo(disk.uses);
            assertThat(pool.limits().orElseThrow().of(disk.id)).as(trail).isEqualTo(disk.limits);
            assertThat(array.read(disk.id)).as("%s: %s", trail, disk.name).isEqualTo(disk.content);
            assertThat(pool.snapshots().orElseThrow().list(disk.id))
                    .as(trail)
                    .extracting(Snapshot::id)
                    .containsExactlyInAnyOrderElementsOf(
                            disk.pasts.stream().map(Past::id).toList());
        }
    }

    private void clear() throws InterruptedException {
        for (Disk disk : List.copyOf(model.disks)) {
            for (VolumeUse use : List.copyOf(disk.uses)) {
                pool.detach(disk.id, use.host(), use.reason());
            }
            for (Past past : disk.pasts) {
                pool.snapshots().orElseThrow().delete(past.id());
            }
            pool.delete(disk.id);
        }
    }
}
