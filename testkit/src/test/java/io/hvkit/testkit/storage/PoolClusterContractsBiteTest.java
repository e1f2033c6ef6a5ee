package io.hvkit.testkit.storage;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Adoption;
import io.hvkit.storage.spi.ClusterSight;
import io.hvkit.storage.spi.PoolChild;
import io.hvkit.storage.spi.PoolCluster;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.params.provider.Arguments;

/** Clusters of pools, and what moves inside of them, with one fault each: the contract must find it, by the case that is about it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PoolClusterContractsBiteTest extends StorageFaults {

    static Stream<Arguments> faults() {
        return Stream.of(parents(), followed()).flatMap(each -> each);
    }

    private static Stream<Arguments> parents() {
        return Stream.of(
                fault(
                        StorageJudgement.Cluster.class,
                        "a_child_is_opened_as_it_is_told_and_is_what_was_told_under_whatever_id",
                        real ->
                                new PoolRelay(real) { // another spelling than the one in which children are told
                                    @Override
                                    public Optional<String> identity() throws InterruptedException {
                                        return super.identity().map(identity -> identity.replace("-", ""));
                                    }
                                }),
                fault(
                        StorageJudgement.Cluster.class,
                        "a_child_is_opened_as_it_is_told_and_is_what_was_told_under_whatever_id",
                        real ->
                                new PoolRelay(real) { // of the id under which it was opened
                                    @Override
                                    public Optional<String> identity() {
                                        return Optional.of(real.id().value());
                                    }
                                }),
                fault(
                        StorageJudgement.Cluster.class,
                        "a_child_in_maintenance_is_told_with_that_and_stays_the_same_child",
                        real -> looking(real, PoolChild::isWell)),
                fault(
                        StorageJudgement.Cluster.class,
                        "children_are_told_each_once_the_same_whoever_looks_and_however_often",
                        real -> looking(real, child -> child.name().equals("one"))),
                fault(
                        StorageJudgement.Cluster.class,
                        "it_is_as_large_as_its_children_and_makes_no_volumes_itself",
                        real -> new PoolRelay(real) {
                            @Override
                            public PoolStatistics statistics() throws InterruptedException {
                                PoolStatistics once = super.statistics();
                                return type().equals(InMemoryStorageDriver.CABINET)
                                        ? new PoolStatistics(
                                                once.capacity().plus(once.capacity()), once.used(), once.provisioned())
                                        : once;
                            }
                        }));
    }

    private static Stream<Arguments> followed() {
        return Stream.of(
                fault(
                        StorageJudgement.Adopter.class,
                        "a_volume_that_was_moved_is_found_used_and_told_where_it_is",
                        real ->
                                new PoolRelay(real) { // as if it were where it belongs
                                    @Override
                                    public Optional<Volume> find(VolumeId id) throws InterruptedException {
                                        return super.find(id)
                                                .map(volume -> Volume.of(
                                                                volume.id(),
                                                                volume.name(),
                                                                volume.size(),
                                                                volume.format())
                                                        .carrying(volume.diskUuid()
                                                                .orElseThrow()));
                                    }
                                }),
                fault(
                        StorageJudgement.Adopter.class,
                        "it_is_taken_over_once_and_keeps_what_it_is_and_who_uses_it",
                        real -> adopting(real, (volume, from) -> {
                            for (VolumeUse use : from.uses(volume)) {
                                from.detach(volume, use.host(), use.reason());
                            }
                            return real.adoption().orElseThrow().adopt(volume, from);
                        })),
                fault(
                        StorageJudgement.Adopter.class,
                        "it_is_taken_over_once_and_keeps_what_it_is_and_who_uses_it",
                        real -> adopting(real, (volume, from) -> {
                            if (from.find(volume).isEmpty()) {
                                throw DriverException.because(Failure.NOT_FOUND).message("no volume %s", volume);
                            }
                            return real.adoption().orElseThrow().adopt(volume, from);
                        })),
                fault(
                        StorageJudgement.Adopter.class,
                        "one_that_lies_where_it_belongs_and_one_that_is_not_there_are_refused",
                        real -> adopting(
                                real,
                                (volume, from) -> from.find(volume)
                                                .filter(found -> found.liesIn().isEmpty())
                                                .isPresent()
                                        ? from.find(volume).orElseThrow()
                                        : real.adoption().orElseThrow().adopt(volume, from))));
    }

    /** A cabinet that tells of some of its children only. */
    private static StoragePool looking(StoragePool real, Predicate<PoolChild> told) {
        return new PoolRelay(real) {
            @Override
            public Optional<PoolCluster> cluster() {
                return super.cluster().map(cluster -> () -> {
                    ClusterSight all = cluster.look();
                    return new ClusterSight(
                            all.name(), all.children().stream().filter(told).toList(), all.nameless(), all.elsewhere());
                });
            }
        };
    }

    private static StoragePool adopting(StoragePool real, Adoption adoption) {
        return new PoolRelay(real) {
            @Override
            public Optional<Adoption> adoption() {
                return real.adoption()
                        .map(any -> (volume, from) ->
                                adoption.adopt(volume, from instanceof PoolRelay relay ? relay.real : from));
            }
        };
    }

    @Override
    List<Class<? extends StorageCases>> contracts() {
        return List.of(StorageJudgement.Cluster.class, StorageJudgement.Adopter.class);
    }
}
