package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.ClusterSight;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.PoolChild;
import io.hvkit.storage.spi.PoolChild.Trouble;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.storage.AdoptionContract;
import io.hvkit.testkit.storage.PoolClusterContract;
import io.hvkit.testkit.storage.StorageUnderTest;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Clusters of datastores as a vCenter shows them. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DatastoreClustersIT extends ClusterCases {

    private static StoragePool parent(String name) throws InterruptedException {
        return new DatastoreJudged(vmware, name, VmwareDatastoreDriver.CLUSTER).open();
    }

    private static ClusterSight look(String name) throws InterruptedException {
        try (StoragePool parent = parent(name)) {
            return parent.cluster().orElseThrow().look();
        }
    }

    private static String identity(String name) throws InterruptedException {
        try (StoragePool pool = new DatastoreJudged(vmware, name).open()) {
            return pool.identity().orElseThrow();
        }
    }

    @Test
    void a_cluster_is_its_children_each_once_and_the_types_that_they_are() throws Exception {
        move(GOLD, TWO);
        move(SILVER, THREE);
        vmware.vcenter().datastore(TWO, "type", "NFS41");
        ClusterSight gold = look(GOLD);

        assertThat(gold.children()).extracting(PoolChild::name).containsExactlyInAnyOrder(ONE, TWO);
        assertThat(gold.children()).allMatch(PoolChild::isWell);
        assertThat(gold.children())
                .extracting(PoolChild::type)
                .containsExactlyInAnyOrder(VmwareDatastoreDriver.VMFS, VmwareDatastoreDriver.NFS);
        assertThat(gold.elsewhere())
                .containsExactly(look(SILVER).children().get(0).identity());
        VmwareDatastoreDriver driver = (VmwareDatastoreDriver) new DatastoreJudged(vmware, ONE).driver();
        Map<String, String> options = new HashMap<>(new DatastoreJudged(vmware, ONE).options());
        options.remove("datastore");
        try (DatastoreClusters clusters = driver.clusters(Options.parse(driver.options(), options))) {
            assertThat(clusters.list()).extracting(ClusterSight::name).containsExactlyInAnyOrder(GOLD, SILVER);
            assertThat(clusters.find(GOLD)).contains(gold);
            assertThat(clusters.find("DC0_POD9")).isEmpty();
        }
    }

    @Test
    void what_is_wrong_with_a_child_is_seen() throws Exception {
        vmware.vcenter().datastore(ONE, "mode", "inMaintenance");
        vmware.vcenter().datastore(TWO, "mounted", "false");
        assertThat(look(GOLD).children())
                .extracting(PoolChild::troubles)
                .containsExactlyInAnyOrder(Set.of(Trouble.IN_MAINTENANCE), Set.of(Trouble.NOT_MOUNTED));
        vmware.vcenter().datastore(ONE, "accessible", "false");
        assertThat(look(GOLD).children())
                .extracting(PoolChild::troubles)
                .contains(Set.of(Trouble.INACCESSIBLE, Trouble.IN_MAINTENANCE));
        assertThat(look(SILVER).children()).isEmpty();
    }

    @Test
    void a_child_is_the_same_however_its_uuid_is_spelt_and_one_that_nobody_can_open_is_named() throws Exception {
        String identity = identity(ONE);
        vmware.vcenter().datastore(ONE, "url", "ds:///vmfs/volumes/" + identity.toUpperCase(Locale.ROOT) + "/");

        assertThat(look(GOLD).children()).extracting(PoolChild::identity).contains(identity);
        assertThat(identity(ONE)).isEqualTo(identity);
        vmware.vcenter().datastore(TWO, "type", "vsan");
        assertThat(look(GOLD).nameless()).containsExactly(TWO + " (vsan)");
    }

    @Test
    void a_pool_for_a_cluster_is_as_large_as_its_datastores_and_makes_no_volumes() throws Exception {
        CreateVolume request = CreateVolume.blank("v", ByteSize.mebibytes(4)).as(ImageFormat.VMDK);
        try (StoragePool parent = parent(GOLD);
                StoragePool child = new DatastoreJudged(vmware, ONE).open();
                StoragePool other = new DatastoreJudged(vmware, TWO).open()) {
            VolumeId made = child.create(request).id();
            PoolStatistics statistics = parent.statistics();

            assertThat(statistics.capacity())
                    .isEqualTo(child.statistics()
                            .capacity()
                            .plus(other.statistics().capacity()));
            assertThat(statistics.provisioned()).as("counted where it is").isEqualTo(ByteSize.ZERO);
            Refused.as(Failure.UNSUPPORTED).saying("one of its datastores", () -> parent.create(request));
            Refused.as(Failure.UNSUPPORTED).saying("one of its datastores", () -> parent.plan(request));
            Refused.as(Failure.NOT_FOUND).saying(GOLD, () -> parent.attach(made, new HostId("esx")));
            parent.delete(made);
            assertThat(parent.find(made)).isEmpty();
            assertThat(parent.list()).isEmpty();
            assertThat(child.find(made)).isPresent();
            child.delete(made);
        }
        Refused.as(Failure.NOT_FOUND).saying("'silver'", () -> parent("silver"));
    }

    /** A cluster of datastores is a parent of pools. */
    @Nested
    class AParent extends PoolClusterContract {

        @Override
        protected StorageUnderTest underTest() {
            return new DatastoreJudged(vmware, GOLD, VmwareDatastoreDriver.CLUSTER);
        }

        @Override
        protected void intoMaintenance(PoolChild child) {
            vmware.vcenter().datastore(child.name(), "mode", "inMaintenance");
        }

        @Override
        protected void outOfMaintenance(PoolChild child) {
            vmware.vcenter().datastore(child.name(), "mode", "normal");
        }
    }

    /** Storage DRS moves disks. */
    @Nested
    class AMovedDisk extends AdoptionContract {

        @Override
        protected StorageUnderTest underTest() {
            return new DatastoreJudged(vmware, ONE);
        }

        @Override
        protected StorageUnderTest target() {
            return new DatastoreJudged(vmware, TWO);
        }

        @Override
        protected void moveBehind(Volume volume) {
            vmware.vcenter()
                    .move(
                            new DatastoreJudged(vmware, ONE).file(volume.id()),
                            "[" + TWO + "] elsewhere/" + volume.id() + ".vmdk");
        }
    }
}
