package io.hvkit.storage.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.Support;
import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.PluginBoundary;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Parents of pools, and volumes that moved by themselves, as the SDK hands them on. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class GuardedClusterTest {

    private static final PoolId POOL = new PoolId("p");
    private static final StoragePoolType CHILD = StoragePoolType.named("shelf", "Shelf");
    private static final StoragePoolType PARENT =
            StoragePoolType.named("cabinet", "Cabinet").having(PoolTrait.PARENT);
    private static final Volume VOLUME = Volume.of(new VolumeId("v"), "name", ByteSize.mebibytes(1), ImageFormat.RAW);

    /** Has one feature, and what it answers. */
    private static class With extends SmallPool {

        private final PoolFeature feature;

        With(StoragePoolType type, PoolFeature feature) {
            super(POOL, type);
            this.feature = feature;
        }

        @Override
        public Features<PoolFeature> features() {
            return Features.none(PoolFeature.class).with(feature, Support.NATIVE);
        }
    }

    private static final class Cluster extends With {

        private final Optional<PoolCluster> cluster;

        Cluster(StoragePoolType type, Optional<PoolCluster> cluster) {
            super(type, PoolFeature.CLUSTER);
            this.cluster = cluster;
        }

        @Override
        public Optional<PoolCluster> cluster() {
            return cluster;
        }
    }

    private static StoragePool guard(SmallPool pool) {
        return GuardedPool.of(pool, new PluginBoundary(SmallPoolDriver.class), POOL, pool.type());
    }

    private static void fails(Failure failure, String words, ThrowingCallable call) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call)
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure));
    }

    private static PoolChild child(String identity) {
        return new PoolChild(identity, "the " + identity, CHILD, Map.of("name", identity), Set.of());
    }

    @Test
    void a_type_that_is_not_said_to_be_one_of_parents_has_no_children() {
        fails(Failure.DEFECT, "is not said to be one of parents", () -> guard(new Cluster(CHILD, Optional.empty())));
        fails(
                Failure.DEFECT,
                "offers CLUSTER and has no cluster",
                () -> guard(new Cluster(PARENT, Optional.empty())).cluster());
        assertThat(guard(new SmallPool(POOL, PARENT)).cluster()).isEmpty();
    }

    @Test
    void what_a_look_throws_or_lacks_is_told_as_a_defect_and_what_it_tells_is_handed_on() throws InterruptedException {
        ClusterSight sight = new ClusterSight("gold", List.of(child("a")), List.of(), Set.of());

        assertThat(guard(new Cluster(PARENT, Optional.of(() -> sight)))
                        .cluster()
                        .orElseThrow()
                        .look())
                .isEqualTo(sight);
        fails(
                Failure.DEFECT,
                "cluster.look",
                () -> guard(new Cluster(PARENT, Optional.of(SmallPoolDriver::nothing)))
                        .cluster()
                        .orElseThrow()
                        .look());
        fails(
                Failure.DEFECT,
                "cluster.look",
                () -> guard(new Cluster(PARENT, Optional.of(() -> {
                            throw new IllegalStateException("no connection");
                        })))
                        .cluster()
                        .orElseThrow()
                        .look());
    }

    @Test
    void a_child_is_listed_once_has_an_identity_and_is_no_parent() {
        PoolChild again = new PoolChild("a", "another name", CHILD, Map.of(), EnumSet.allOf(PoolChild.Trouble.class));

        assertThat(new ClusterSight("gold", List.of(child("a"), child("b"), again), List.of(), Set.of()).children())
                .containsExactly(child("a"), child("b"));
        assertThat(child("a").isWell()).isTrue();
        assertThat(again.isWell()).isFalse();
        assertThat(again.troubles()).extracting(PoolChild.Trouble::words).doesNotHaveDuplicates();
        assertThatIllegalArgumentException().isThrownBy(() -> child(" "));
        assertThatIllegalArgumentException().isThrownBy(() -> new PoolChild("a", "", CHILD, Map.of(), Set.of()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PoolChild("a", "a", PARENT, Map.of(), Set.of()))
                .withMessageContaining("parent itself");
    }

    /** Takes over what it is made with. */
    private static final class Adopting extends With {

        private final Volume answer;

        Adopting(Volume answer) {
            super(CHILD, PoolFeature.ADOPTION);
            this.answer = answer;
        }

        @Override
        public Optional<Adoption> adoption() {
            return Optional.of((volume, from) -> {
                assertThat(from).as("its own pool, without a guard").isInstanceOf(Adopting.class);
                return answer;
            });
        }
    }

    @Test
    void a_volume_is_taken_over_from_pools_of_the_same_driver_alone_and_is_that_volume_and_here()
            throws InterruptedException {
        StoragePool from = guard(new Adopting(VOLUME));
        Volume other = Volume.of(new VolumeId("w"), "name", ByteSize.mebibytes(1), ImageFormat.RAW);

        assertThat(adopting(VOLUME).adopt(VOLUME.id(), from)).isEqualTo(VOLUME);
        fails(Failure.DEFECT, "was to take over volume v", () -> adopting(other).adopt(VOLUME.id(), from));
        fails(
                Failure.DEFECT,
                "was to take over volume v",
                () -> adopting(VOLUME.lyingIn("elsewhere")).adopt(VOLUME.id(), from));
        fails(
                Failure.UNSUPPORTED,
                "not of the same storage system",
                () -> adopting(VOLUME).adopt(VOLUME.id(), new SmallPool(POOL, CHILD)));
    }

    private static Adoption adopting(Volume answer) {
        return guard(new Adopting(answer)).adoption().orElseThrow();
    }

    @Test
    void where_a_volume_lies_is_part_of_what_it_is_and_stays_with_what_else_is_said() {
        Volume moved = VOLUME.lyingIn("b");

        assertThat(moved).isNotEqualTo(VOLUME);
        assertThat(moved.attestedBy("proof").liesIn()).contains("b");
        assertThat(VOLUME.attestedBy("proof").lyingIn("b")).isEqualTo(moved.attestedBy("proof"));
        assertThat(VOLUME.liesIn()).isEmpty();
    }
}
