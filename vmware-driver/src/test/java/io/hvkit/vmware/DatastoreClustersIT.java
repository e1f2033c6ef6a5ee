package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.vmware.cluster.ClusterChange;
import io.hvkit.vmware.cluster.ClusterChild;
import io.hvkit.vmware.cluster.ClusterPlan;
import io.hvkit.vmware.cluster.ClusterPlanner;
import io.hvkit.vmware.cluster.DatastoreCluster;
import io.hvkit.vmware.cluster.DatastoreUuid;
import io.hvkit.vmware.cluster.KnownPool;
import io.hvkit.vmware.internal.simulator.Vcsim;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimFault;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Clusters of datastores as a vCenter shows them, and what is planned for them. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DatastoreClustersIT {

    private static final PoolId GOLD = new PoolId("gold");

    private static VmwareJudged vmware;

    private DatastoreClusters clusters;

    @BeforeAll
    static void start() throws InterruptedException {
        vmware = VmwareJudged.start("-pods", "2", "-datastores", "3");
    }

    @AfterAll
    static void stop() {
        vmware.close();
    }

    @BeforeEach
    void open() throws Exception {
        VmwareDatastoreDriver driver = VmwareDatastoreDriver.with(
                asked -> Credentials.of(Vcsim.USER, Secret.copyOf(Vcsim.PASSWORD.getBytes(StandardCharsets.UTF_8))));
        Map<String, String> options = new HashMap<>(new DatastoreJudged(vmware, VmwareJudged.DATASTORE).options());
        options.remove("datastore");
        clusters = driver.clusters(Options.parse(driver.options(), options));
        move("POD0", "LocalDS_0");
        move("POD0", "LocalDS_1");
    }

    @AfterEach
    void close() throws Exception {
        for (int i = 0; i < 3; i++) {
            vmware.vcenter().datastore("LocalDS_" + i, "accessible", "true");
            vmware.vcenter().datastore("LocalDS_" + i, "mode", "normal");
            vmware.vcenter().datastore("LocalDS_" + i, "mounted", "true");
            vmware.admin().tasks().run(moving("DC0/datastore", "LocalDS_" + i), Duration.ofSeconds(30));
        }
        clusters.close();
    }

    private static Call moving(String folder, String datastore) throws InterruptedException {
        return Call.changing(vmware.at(folder), Data.of("MoveIntoFolder_Task").with("list", datastore(datastore)));
    }

    private static Ref datastore(String name) throws InterruptedException {
        try {
            return vmware.admin().properties().readAll(vmware.datacenter(), "datastore", "Datastore", "name").stream()
                    .filter(found -> found.text("name").equals(name))
                    .findFirst()
                    .orElseThrow()
                    .ref();
        } catch (VimFault | LostAnswer e) {
            throw new IllegalStateException(e);
        }
    }

    private static void move(String pod, String datastore) throws Exception {
        vmware.admin().tasks().run(moving("DC0/datastore/DC0_" + pod, datastore), Duration.ofSeconds(30));
    }

    private DatastoreCluster cluster(String pod) throws InterruptedException {
        return clusters.find("DC0_" + pod).orElseThrow();
    }

    private static Set<DatastoreUuid> uuids(DatastoreCluster cluster) {
        return cluster.children().stream().map(ClusterChild::uuid).collect(Collectors.toSet());
    }

    @Test
    void a_cluster_is_its_children_each_once_and_as_large_as_they_are() throws Exception {
        move("POD0", "LocalDS_1");
        DatastoreCluster gold = cluster("POD0");

        assertThat(clusters.list())
                .extracting(DatastoreCluster::name)
                .containsExactlyInAnyOrder("DC0_POD0", "DC0_POD1");
        assertThat(gold.children()).extracting(ClusterChild::name).containsExactlyInAnyOrder("LocalDS_0", "LocalDS_1");
        assertThat(gold.children())
                .allMatch(ClusterChild::isWell)
                .allMatch(child -> child.fileSystem().equals("VMFS"));
        assertThat(gold.capacity())
                .isEqualTo(gold.children()
                        .get(0)
                        .capacity()
                        .plus(gold.children().get(1).capacity()))
                .isGreaterThan(ByteSize.ZERO);
        assertThat(uuids(gold)).hasSize(2);
    }

    @Test
    void what_is_wrong_with_a_child_is_seen_and_keeps_the_cluster_from_being_added() throws Exception {
        vmware.vcenter().datastore("LocalDS_0", "mode", "inMaintenance");
        vmware.vcenter().datastore("LocalDS_1", "mounted", "false");
        Refused.as(Failure.HOST_NOT_READY)
                .saying(
                        "LocalDS_0 is [IN_MAINTENANCE]",
                        () -> planner(List.of()).adding(GOLD, cluster("POD0")));
        Refused.as(Failure.HOST_NOT_READY)
                .saying("LocalDS_1 is [NOT_MOUNTED]", () -> planner(List.of()).adding(GOLD, cluster("POD0")));
        vmware.vcenter().datastore("LocalDS_0", "accessible", "false");
        assertThat(cluster("POD0").children())
                .extracting(ClusterChild::troubles)
                .contains(Set.of(ClusterChild.Trouble.INACCESSIBLE, ClusterChild.Trouble.IN_MAINTENANCE));
        Refused.as(Failure.INVALID_REQUEST)
                .saying("no datastores", () -> planner(List.of()).adding(GOLD, cluster("POD1")));
    }

    @Test
    void a_pool_for_a_cluster_is_as_large_as_its_datastores_and_makes_no_volumes() throws Exception {
        DatastoreJudged gold = new DatastoreJudged(vmware, "DC0_POD0");
        CreateVolume request = CreateVolume.blank("v", ByteSize.mebibytes(4)).as(ImageFormat.VMDK);
        try (StoragePool parent = gold.open(VmwareDatastoreDriver.CLUSTER);
                StoragePool child = new DatastoreJudged(vmware, "LocalDS_0").open()) {
            VolumeId made = child.create(request).id();
            PoolStatistics statistics = parent.statistics();

            assertThat(statistics.capacity()).isEqualTo(cluster("POD0").capacity());
            assertThat(statistics.free()).isEqualTo(cluster("POD0").free());
            assertThat(statistics.provisioned()).as("counted where it is").isEqualTo(ByteSize.ZERO);
            Refused.as(Failure.UNSUPPORTED).saying("one of its datastores", () -> parent.create(request));
            Refused.as(Failure.UNSUPPORTED).saying("one of its datastores", () -> parent.plan(request));
            Refused.as(Failure.NOT_FOUND).saying("DC0_POD0", () -> parent.attach(made, new HostId("esx")));
            parent.delete(made);
            assertThat(parent.find(made)).isEmpty();
            assertThat(parent.list()).isEmpty();
            assertThat(child.find(made)).isPresent();
            child.delete(made);
        }
        Refused.as(Failure.NOT_FOUND)
                .saying("'silver'", () -> new DatastoreJudged(vmware, "silver").open(VmwareDatastoreDriver.CLUSTER));
    }

    private static ClusterPlanner planner(List<KnownPool> known) {
        return new ClusterPlanner(known, Set.of());
    }

    @Test
    void a_cluster_is_added_and_a_child_that_is_moved_to_another_keeps_its_pool() throws Exception {
        PoolId silver = new PoolId("silver");
        List<KnownPool> added = planner(List.of()).adding(GOLD, cluster("POD0")).appliedTo(List.of());
        assertThat(added).hasSize(2);

        move("POD1", "LocalDS_1");
        move("POD1", "LocalDS_2");
        DatastoreCluster gold = cluster("POD0");
        DatastoreCluster other = cluster("POD1");
        ClusterPlan left = new ClusterPlanner(added, uuids(other)).syncing(GOLD, gold);
        ClusterPlan taken = new ClusterPlanner(added, uuids(gold)).adding(silver, other);

        assertThat(left.changes()).isEmpty();
        assertThat(taken.changes())
                .hasSize(2)
                .hasAtLeastOneElementOfType(ClusterChange.Move.class)
                .hasAtLeastOneElementOfType(ClusterChange.Add.class);
        assertThat(taken.appliedTo(added))
                .hasSize(3)
                .filteredOn(pool -> pool.parent().orElseThrow().equals(silver))
                .hasSize(2);
        assertThat(clusters.find("DC0_POD9")).isEmpty();
    }
}
