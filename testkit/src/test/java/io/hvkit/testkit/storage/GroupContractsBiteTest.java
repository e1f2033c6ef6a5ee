package io.hvkit.testkit.storage;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Renaming;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.SnapshotGroups;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.params.provider.Arguments;

/** Groups of snapshots and changes of names with one fault each: the contract must find it, by the case that is about it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class GroupContractsBiteTest extends StorageFaults {

    private static final String PAIRED = "a_group_is_taken_once_however_often_it_is_asked_for_and_each_has_its_own";
    private static final String WHOLE = "a_group_is_whole_or_it_is_not_taken";
    private static final String BACK = "all_volumes_become_what_they_were_each_by_its_own_past";
    private static final String NONE = "nothing_is_brought_back_if_one_cannot_be";

    static Stream<Arguments> faults() {
        return Stream.of(taking(), reverting(), renaming()).flatMap(each -> each);
    }

    private static Stream<Arguments> taking() {
        return Stream.of(
                grouping(
                        PAIRED,
                        real ->
                                new Groups(real) { // by position, as an array of 4.x lists them
                                    @Override
                                    public Map<VolumeId, Snapshot> take(Set<VolumeId> volumes, String name)
                                            throws InterruptedException {
                                        Map<VolumeId, Snapshot> right = super.take(volumes, name);
                                        List<VolumeId> turned = new ArrayList<>(right.keySet());
                                        List<Snapshot> snapshots = new ArrayList<>(right.values());
                                        Map<VolumeId, Snapshot> wrong = new LinkedHashMap<>();
                                        for (int i = 0; i < turned.size(); i++) {
                                            wrong.put(turned.get(turned.size() - 1 - i), snapshots.get(i));
                                        }
                                        return wrong;
                                    }
                                }),
                grouping(
                        WHOLE,
                        real ->
                                new Groups(real) { // one by one
                                    @Override
                                    public Map<VolumeId, Snapshot> take(Set<VolumeId> volumes, String name)
                                            throws InterruptedException {
                                        Map<VolumeId, Snapshot> taken = new LinkedHashMap<>();
                                        for (VolumeId volume : volumes) {
                                            taken.put(
                                                    volume,
                                                    pool.snapshots()
                                                            .orElseThrow()
                                                            .take(volume, name));
                                        }
                                        return taken;
                                    }
                                }),
                grouping(
                        WHOLE,
                        real ->
                                new Groups(real) { // takes for the group what is called so
                                    @Override
                                    public Map<VolumeId, Snapshot> take(Set<VolumeId> volumes, String name)
                                            throws InterruptedException {
                                        Map<VolumeId, Snapshot> named = new LinkedHashMap<>();
                                        for (VolumeId volume : volumes) {
                                            pool.snapshots().orElseThrow().list(volume).stream()
                                                    .filter(one -> one.name().equals(name))
                                                    .forEach(one -> named.put(volume, one));
                                        }
                                        return named.size() == volumes.size() && !volumes.isEmpty()
                                                ? named
                                                : super.take(volumes, name);
                                    }
                                }));
    }

    private static Stream<Arguments> reverting() {
        return Stream.of(
                grouping(
                        NONE,
                        real ->
                                new Groups(real) { // as far as it goes
                                    @Override
                                    public Map<VolumeId, Volume> revert(Set<SnapshotId> snapshots)
                                            throws InterruptedException {
                                        Map<VolumeId, Volume> reverted = new LinkedHashMap<>();
                                        List<DriverException> failures = new ArrayList<>();
                                        for (SnapshotId snapshot : snapshots) {
                                            try {
                                                Volume one = pool.snapshots()
                                                        .orElseThrow()
                                                        .revert(snapshot);
                                                reverted.put(one.id(), one);
                                            } catch (DriverException e) {
                                                failures.add(e);
                                            }
                                        }
                                        if (!failures.isEmpty()) {
                                            throw failures.get(0);
                                        }
                                        return reverted;
                                    }
                                }),
                grouping(
                        BACK,
                        real ->
                                new Groups(real) { // what it took for safety's sake stays
                                    @Override
                                    public Map<VolumeId, Volume> revert(Set<SnapshotId> snapshots)
                                            throws InterruptedException {
                                        Map<VolumeId, Volume> reverted = super.revert(snapshots);
                                        super.take(reverted.keySet(), "safety");
                                        return reverted;
                                    }
                                }),
                grouping(
                        BACK,
                        real ->
                                new Groups(real) { // all but one
                                    @Override
                                    public Map<VolumeId, Volume> revert(Set<SnapshotId> snapshots)
                                            throws InterruptedException {
                                        Set<SnapshotId> fewer = new LinkedHashSet<>(snapshots);
                                        SnapshotId left = snapshots.iterator().next();
                                        fewer.remove(left);
                                        Map<VolumeId, Volume> reverted = new LinkedHashMap<>(super.revert(fewer));
                                        VolumeId volume = pool.snapshots()
                                                .orElseThrow()
                                                .find(left)
                                                .orElseThrow()
                                                .volume();
                                        reverted.put(volume, pool.find(volume).orElseThrow());
                                        return reverted;
                                    }
                                }));
    }

    private static Stream<Arguments> renaming() {
        return Stream.of(
                naming("the_old_name_is_free_and_a_taken_one_is_not", (pool, right) -> (id, name) -> {
                    List<Volume> there = pool.list().stream()
                            .filter(one -> one.name().equals(name) && !one.id().equals(id))
                            .toList();
                    for (Volume one : there) {
                        pool.delete(one.id());
                    }
                    return right.rename(id, name);
                }),
                naming("a_name_changes_and_nothing_else", (pool, right) -> (id, name) -> {
                    for (VolumeUse use : pool.uses(id)) {
                        pool.detach(id, use.host(), use.reason());
                    }
                    return right.rename(id, name);
                }),
                naming("a_name_changes_and_nothing_else", (pool, right) -> (id, name) -> {
                    Volume old = pool.find(id)
                            .orElseThrow(() ->
                                    DriverException.because(Failure.NOT_FOUND).message("no volume %s", id));
                    return Volume.of(id, name, old.size(), old.format()); // says so, and does not
                }),
                naming("what_is_not_there_and_what_cannot_be_a_name_is_refused", (pool, right) -> (id, name) -> {
                    Volume cut = right.rename(id, name.substring(0, Math.min(name.length(), 31)));
                    return Volume.of(id, name, cut.size(), cut.format());
                }));
    }

    private static Arguments grouping(String found, UnaryOperator<StoragePool> fault) {
        return Arguments.of(StorageJudgement.Grouper.class, found, fault);
    }

    /** Makes a wrong renaming of a pool and its right one. */
    private interface Misnaming {
        Renaming of(StoragePool pool, Renaming right);
    }

    private static Arguments naming(String found, Misnaming fault) {
        UnaryOperator<StoragePool> pool = real -> new PoolRelay(real) {
            @Override
            public Optional<Renaming> renaming() {
                return Optional.of(fault.of(real, real.renaming().orElseThrow()));
            }
        };
        return Arguments.of(StorageJudgement.Namer.class, found, pool);
    }

    @Override
    List<Class<? extends StorageCases>> contracts() {
        return List.of(StorageJudgement.Grouper.class, StorageJudgement.Namer.class);
    }

    /** A pool that does one thing of groups wrong. */
    private static class Groups extends PoolRelay implements SnapshotGroups {

        final StoragePool pool;

        Groups(StoragePool pool) {
            super(pool);
            this.pool = pool;
        }

        @Override
        public Optional<SnapshotGroups> snapshotGroups() {
            return Optional.of(this);
        }

        @Override
        public Map<VolumeId, Snapshot> take(Set<VolumeId> volumes, String name) throws InterruptedException {
            return pool.snapshotGroups().orElseThrow().take(volumes, name);
        }

        @Override
        public Map<VolumeId, Volume> revert(Set<SnapshotId> snapshots) throws InterruptedException {
            return pool.snapshotGroups().orElseThrow().revert(snapshots);
        }
    }
}
