package io.hvkit.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.ClusterSight;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.PoolChild;
import io.hvkit.storage.spi.PoolCluster;
import io.hvkit.storage.spi.PoolTrait;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a parent of pools must do. The one that is judged has two children at least, all of them well and free of others' volumes. */
public abstract non-sealed class PoolClusterContract extends StorageCases {

    private PoolCluster cluster;

    /** Made by JUnit. */
    protected PoolClusterContract() {}

    /** Takes a child into maintenance at the storage, past the driver. */
    protected abstract void intoMaintenance(PoolChild child);

    /** Ends that. */
    protected abstract void outOfMaintenance(PoolChild child);

    /** Made by JUnit. */
    @BeforeEach
    final void find() {
        cluster = pool.cluster().orElseThrow();
    }

    private StoragePool opened(PoolChild child, String id) throws InterruptedException {
        StorageUnderTest parent = underTest();
        StorageDriver guarded =
                StorageDrivers.of(List.of(parent.driver())).requireAll().forType(child.type());
        Map<String, String> options = new HashMap<>(parent.options());
        options.putAll(child.options());
        StoragePool opened =
                guarded.open(new PoolId(id), child.type(), Options.parse(guarded.options(), options, parent.secrets()));
        undoLater(opened::close);
        return opened;
    }

    @Test
    final void children_are_told_each_once_the_same_whoever_looks_and_however_often() throws InterruptedException {
        ClusterSight first = cluster.look();
        Set<String> identities = new HashSet<>();

        assertThat(first.children()).hasSizeGreaterThan(1).allMatch(PoolChild::isWell);
        assertThat(first.children()).allMatch(child -> identities.add(child.identity()));
        assertThat(first.elsewhere()).doesNotContainAnyElementsOf(identities);
        assertThat(first.nameless()).isEmpty();
        for (int i = 0; i < REPEATS; i++) {
            assertThat(cluster.look()).isEqualTo(first);
        }
        assertThat(connection().cluster().orElseThrow().look()).isEqualTo(first);
    }

    @Test
    final void a_child_is_opened_as_it_is_told_and_is_what_was_told_under_whatever_id() throws InterruptedException {
        for (PoolChild child : cluster.look().children()) {
            for (String id : List.of("one", "other")) {
                StoragePool opened = opened(child, id);
                assertThat(opened.identity()).contains(child.identity());
                assertThat(opened.type().has(PoolTrait.PARENT)).isFalse();
                assertThat(opened.cluster()).isEmpty();
            }
        }
    }

    @Test
    final void it_is_as_large_as_its_children_and_makes_no_volumes_itself() throws InterruptedException {
        ByteSize sum = ByteSize.ZERO;
        for (PoolChild child : cluster.look().children()) {
            sum = sum.plus(opened(child, "child").statistics().capacity());
        }

        assertThat(pool.statistics().capacity()).isEqualTo(sum).isGreaterThan(ByteSize.ZERO);
        CreateVolume wanted = CreateVolume.blank(unique(), size()).as(plainFormat());
        refuses(Failure.UNSUPPORTED, () -> pool.create(wanted));
        refuses(Failure.UNSUPPORTED, () -> pool.plan(wanted));
        assertThat(pool.list()).isEmpty();
        for (VolumeId foreign : foreignIds()) {
            assertThat(pool.find(foreign)).isEmpty();
            refuses(Failure.NOT_FOUND, () -> pool.attach(foreign, HOST));
            pool.delete(foreign);
            pool.detach(foreign, HOST);
        }
    }

    @Test
    final void a_child_in_maintenance_is_told_with_that_and_stays_the_same_child() throws InterruptedException {
        ClusterSight well = cluster.look();
        PoolChild child = well.children().get(0);
        undoLater(() -> outOfMaintenance(child));
        intoMaintenance(child);

        ClusterSight now = cluster.look();
        assertThat(now.children()).hasSameSizeAs(well.children());
        assertThat(now.children())
                .filteredOn(other -> other.identity().equals(child.identity()))
                .singleElement()
                .satisfies(other -> assertThat(other.troubles()).containsExactly(PoolChild.Trouble.IN_MAINTENANCE));
        assertThat(opened(child, "resting").identity()).contains(child.identity());
        outOfMaintenance(child);
        assertThat(cluster.look()).isEqualTo(well);
    }
}
