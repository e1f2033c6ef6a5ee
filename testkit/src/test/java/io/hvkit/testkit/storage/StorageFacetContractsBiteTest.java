package io.hvkit.testkit.storage;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.Clones;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.Growth;
import io.hvkit.storage.spi.Limits;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.Snapshots;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeLimits;
import io.hvkit.storage.spi.VolumeUse;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.params.provider.Arguments;

/** Snapshots, growth, clones and limits with one fault each: the contract must find it, by the case that is about it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StorageFacetContractsBiteTest extends StorageFaults {

    static Stream<Arguments> faults() {
        return Stream.of(
                fault(
                        StorageJudgement.Snapshotter.class,
                        "taking_again_gives_the_snapshot_as_it_was_taken",
                        real -> new Snapping(real) {
                            @Override
                            public Snapshot take(VolumeId volume, String name) throws InterruptedException {
                                for (Snapshot old : list(volume)) {
                                    if (old.name().equals(name)) {
                                        delete(old.id());
                                    }
                                }
                                return super.take(volume, name);
                            }
                        }),
                fault(
                        StorageJudgement.Snapshotter.class,
                        "an_attached_volume_is_not_reverted",
                        real -> new Snapping(real) {
                            @Override
                            public Volume revert(SnapshotId id) throws InterruptedException {
                                VolumeId volume = find(id).orElseThrow().volume();
                                for (VolumeUse use : uses(volume)) {
                                    detach(volume, use.host(), use.reason());
                                }
                                return super.revert(id);
                            }
                        }),
                fault(
                        StorageJudgement.Snapshotter.class,
                        "a_volume_with_snapshots_is_not_removed",
                        real -> new Snapping(real) {
                            @Override
                            public void delete(VolumeId id) throws InterruptedException {
                                for (Snapshot each : list(id)) {
                                    delete(each.id());
                                }
                                super.delete(id);
                            }
                        }),
                fault(
                        StorageJudgement.Grower.class,
                        "growing_again_changes_nothing_more",
                        real ->
                                new PoolRelay(real) { // by as much more, not to as much
                                    @Override
                                    public Optional<Growth> growth() {
                                        Growth growth = real.growth().orElseThrow();
                                        return Optional.of((id, size) -> growth.growTo(
                                                id,
                                                find(id).map(v -> v.size().plus(ByteSize.mebibytes(1)))
                                                        .orElse(size)));
                                    }
                                }),
                fault(
                        StorageJudgement.Grower.class,
                        "what_is_on_a_volume_stays_when_it_grows",
                        real ->
                                new PoolRelay(real) { // what was on it is lost
                                    @Override
                                    public Volume create(CreateVolume request) throws InterruptedException {
                                        Volume made = super.create(request);
                                        real.snapshots().orElseThrow().take(made.id(), "blank");
                                        return made;
                                    }

                                    @Override
                                    public Optional<Growth> growth() {
                                        Snapshots snapshots = real.snapshots().orElseThrow();
                                        Growth growth = real.growth().orElseThrow();
                                        return Optional.of((id, size) -> {
                                            for (Snapshot blank : snapshots.list(id)) {
                                                snapshots.revert(blank.id());
                                            }
                                            return growth.growTo(id, size);
                                        });
                                    }
                                }),
                fault(
                        StorageJudgement.Cloner.class,
                        "an_attached_source_is_cloned_if_that_is_offered_and_only_then",
                        real ->
                                new PoolRelay(real) { // said to be offered
                                    @Override
                                    public Optional<Clones> clones() {
                                        Clones clones = real.clones().orElseThrow();
                                        return Optional.of(request -> {
                                            VolumeId source =
                                                    request.source().match(of -> of.id(), of -> new VolumeId("none"));
                                            if (!uses(source).isEmpty()) {
                                                throw DriverException.because(Failure.IN_USE)
                                                        .message("volume %s is attached", source);
                                            }
                                            return clones.create(request);
                                        });
                                    }
                                }),
                fault(
                        StorageJudgement.Cloner.class,
                        "a_linked_clone_keeps_what_it_was_made_with_whatever_becomes_of_its_source",
                        real ->
                                new PoolRelay(real) { // the very bytes of its source
                                    @Override
                                    public Optional<Clones> clones() {
                                        Clones clones = real.clones().orElseThrow();
                                        return Optional.of(request -> {
                                            Volume made = clones.create(request);
                                            VolumeId source = request.source().match(of -> of.id(), of -> made.id());
                                            return request.depth() == CloneVolume.Depth.LINKED
                                                    ? Volume.of(source, made.name(), made.size(), made.format())
                                                    : made;
                                        });
                                    }
                                }),
                fault(
                        StorageJudgement.Cloner.class,
                        "a_name_that_is_taken_is_refused_and_nothing_is_overwritten",
                        real -> new PoolRelay(real) {
                            @Override
                            public Optional<Clones> clones() {
                                Clones clones = real.clones().orElseThrow();
                                return Optional.of(request -> {
                                    Optional<Volume> present = findNamed(request.name());
                                    return present.isPresent() ? present.get() : clones.create(request);
                                });
                            }
                        }),
                fault(StorageJudgement.Cloner.class, "a_full_clone_outlives_its_source", real -> new PoolRelay(real) {
                    @Override
                    public Optional<Clones> clones() {
                        Clones clones = real.clones().orElseThrow();
                        return Optional.of(request -> clones.create(
                                new CloneVolume(request.source(), request.name(), CloneVolume.Depth.LINKED)));
                    }
                }),
                fault(
                        StorageJudgement.Limiter.class,
                        "new_limits_take_the_place_of_all_old_ones",
                        real ->
                                new PoolRelay(real) { // nothing asked for is nothing changed
                                    @Override
                                    public Optional<Limits> limits() {
                                        return Optional.of(
                                                new Keeping(real.limits().orElseThrow()));
                                    }
                                }));
    }

    /** A pool that does one thing of snapshots wrong. */
    private static class Snapping extends PoolRelay implements Snapshots {

        private final Snapshots snapshots;

        Snapping(StoragePool real) {
            super(real);
            this.snapshots = real.snapshots().orElseThrow();
        }

        @Override
        public Optional<Snapshots> snapshots() {
            return Optional.of(this);
        }

        @Override
        public Snapshot take(VolumeId volume, String name) throws InterruptedException {
            return snapshots.take(volume, name);
        }

        @Override
        public Optional<Snapshot> find(SnapshotId id) throws InterruptedException {
            return snapshots.find(id);
        }

        @Override
        public List<Snapshot> list(VolumeId volume) throws InterruptedException {
            return snapshots.list(volume);
        }

        @Override
        public Volume revert(SnapshotId id) throws InterruptedException {
            return snapshots.revert(id);
        }

        @Override
        public void delete(SnapshotId id) throws InterruptedException {
            snapshots.delete(id);
        }
    }

    private record Keeping(Limits limits) implements Limits {

        @Override
        public VolumeLimits set(VolumeId volume, VolumeLimits wanted) throws InterruptedException {
            VolumeLimits old = limits.of(volume);
            return limits.set(
                    volume,
                    new VolumeLimits(
                            wanted.iops().isPresent() ? wanted.iops() : old.iops(),
                            wanted.bandwidth().or(old::bandwidth)));
        }

        @Override
        public VolumeLimits of(VolumeId volume) throws InterruptedException {
            return limits.of(volume);
        }
    }

    @Override
    List<Class<? extends StorageCases>> contracts() {
        return List.of(
                StorageJudgement.Snapshotter.class,
                StorageJudgement.Grower.class,
                StorageJudgement.Cloner.class,
                StorageJudgement.Limiter.class);
    }
}
