package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Membership;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.engine.HostRequest;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.HvKitConfig;
import io.hvkit.engine.PoolRequest;
import io.hvkit.engine.cluster.ChildChange;
import io.hvkit.engine.cluster.ClusterReport;
import io.hvkit.engine.placement.PoolSelection;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An engine with its catalog in a file keeps clusters of datastores, and follows what Storage DRS moves. */
@Tag("campaign") // it asks about our logic alone
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PoolClustersIT extends ClusterCases {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);
    private static final MachineId WEB = new MachineId("web");

    @TempDir
    private Path directory;

    private HvKit hvkit;
    private ZoneRecord zone;
    private HostRecord host;

    @BeforeEach
    void open() throws Exception {
        hvkit = engine();
        zone = hvkit.inventory().addZone("z1");
        ClusterRecord cluster = hvkit.inventory().addCluster(zone.id(), "c1", HypervisorType.VMWARE);
        host = hvkit.inventory()
                .addHost(
                        cluster.id(),
                        HostRequest.named("esx")
                                .with(VmwareDriver.VCENTER, vcenter().toString())
                                .with(VmwareDriver.DATACENTER, "DC0")
                                .with(VmwareDriver.HOST, "DC0_C0_H0")
                                .with(VmwareDriver.DATASTORE, THREE)
                                .with(
                                        VmwareDriver.CA,
                                        vmware.vcenter().certificate().toString()));
    }

    @AfterEach
    void close() throws Exception {
        hvkit.close();
        for (String each : List.of(ONE, TWO, THREE)) {
            try (StoragePool pool = new DatastoreJudged(vmware, each).open()) {
                assertThat(pool.list())
                        .as("what a case made is gone from %s", each)
                        .isEmpty();
            }
        }
    }

    private HvKit engine() throws InterruptedException {
        return HvKit.open(HvKitConfig.on(JdbcCatalog.file(directory.resolve("hvkit.db")))
                .driversFrom(
                        HypervisorDrivers.of(List.of(vmware.driver())),
                        StorageDrivers.of(List.of(new DatastoreJudged(vmware, ONE).driver()))));
    }

    private static URI vcenter() {
        return vmware.vcenter().sdk().resolve("/");
    }

    private static PoolRequest request(String name, StoragePoolType type, String datastore) {
        return PoolRequest.named(name, type)
                .with(VmwareDriver.VCENTER, vcenter())
                .with(VmwareDriver.DATACENTER, "DC0")
                .with(VmwareDatastoreDriver.DATASTORE, datastore)
                .with(VmwareDriver.CA, vmware.vcenter().certificate());
    }

    private PoolRecord add(String name, String cluster) throws InterruptedException {
        return hvkit.inventory().addPool(Reach.of(zone), request(name, VmwareDatastoreDriver.CLUSTER, cluster));
    }

    private PoolRecord child(PoolRecord parent, String datastore) throws InterruptedException {
        return hvkit.poolClusters().children(parent.id()).stream()
                .filter(pool -> pool.options().text("datastore").equals(datastore))
                .findFirst()
                .orElseThrow();
    }

    private VolumeRecord volume(PoolRecord pool) throws InterruptedException {
        VolumeRequest request = VolumeRequest.blank("v", SIZE, pool.id()).as(ImageFormat.VMDK);
        return hvkit.volumes().create(request).await();
    }

    @Test
    void a_cluster_is_added_whole_is_the_same_for_the_next_engine_and_its_datastores_take_the_volumes()
            throws Exception {
        PoolRecord known = hvkit.inventory().addPool(Reach.of(zone), request("fast", VmwareDatastoreDriver.VMFS, ONE));
        PoolRecord gold = add("gold", GOLD);

        assertThat(hvkit.poolClusters().children(gold.id()))
                .extracting(PoolRecord::name)
                .containsExactly("fast", "gold/" + TWO);
        assertThat(child(gold, ONE).id()).isEqualTo(known.id());
        VolumeQuery wanted = VolumeQuery.of(SIZE, Reach.of(zone)).as(ImageFormat.VMDK);
        PoolSelection chosen = hvkit.placement().explain(wanted);
        assertThat(chosen.qualified()).hasSize(2).noneMatch(each -> each.pool().equals(gold.id()));
        assertThat(hvkit.poolClusters().statistics(gold.id()).capacity()).isEqualTo(capacity(gold));
        hvkit.close();
        hvkit = engine();
        assertThat(hvkit.poolClusters().children(gold.id())).hasSize(2);
        assertThat(add("gold", GOLD)).isEqualTo(gold);
        assertThat(hvkit.poolClusters().synchronise(gold.id()).children()).isEmpty();
        VolumeRecord made = volume(child(gold, TWO));
        assertThat(made.place().diskUuid()).isPresent();
        hvkit.volumes().delete(made.id()).await();
    }

    private static ByteSize capacity(PoolRecord parent) throws InterruptedException {
        String cluster = parent.options().text("datastore");
        try (StoragePool open = new DatastoreJudged(vmware, cluster, VmwareDatastoreDriver.CLUSTER).open()) {
            return open.statistics().capacity();
        }
    }

    @Test
    void what_is_wrong_is_named_and_nothing_is_added() throws Exception {
        vmware.vcenter().datastore(ONE, "mode", "enteringMaintenance");
        vmware.vcenter().datastore(TWO, "mounted", "false");
        Refused.as(Failure.HOST_NOT_READY).saying(ONE + " is in maintenance", () -> add("gold", GOLD));
        Refused.as(Failure.HOST_NOT_READY).saying(TWO + " is mounted by no host", () -> add("gold", GOLD));
        Refused.as(Failure.INVALID_REQUEST).saying("has no pools", () -> add("silver", SILVER));
        assertThat(hvkit.inventory().pools()).isEmpty();
    }

    @Test
    void a_datastore_that_is_moved_keeps_its_pool_and_volume_and_one_that_is_taken_out_goes_the_second_time()
            throws Exception {
        move(SILVER, THREE);
        PoolRecord gold = add("gold", GOLD);
        PoolRecord silver = add("silver", SILVER);
        PoolRecord two = child(gold, TWO);
        VolumeRecord made = volume(two);
        move(SILVER, TWO);

        assertThat(hvkit.poolClusters().synchronise(gold.id()).children()).isEmpty();
        assertThat(hvkit.poolClusters().synchronise(silver.id()).children())
                .singleElement()
                .isInstanceOf(ChildChange.Moved.class);
        assertThat(child(silver, TWO).id()).isEqualTo(two.id());
        assertThat(child(silver, TWO).membership()).contains(Membership.of(silver.id()));
        assertThat(hvkit.volumes().find(made.id())).contains(made);
        takeOut(TWO);
        assertThat(only(hvkit.poolClusters().synchronise(silver.id()))).isInstanceOf(ChildChange.Missed.class);
        assertThat(only(hvkit.poolClusters().synchronise(silver.id()))).isInstanceOf(ChildChange.Stranded.class);
        hvkit.volumes().delete(made.id()).await();
        assertThat(only(hvkit.poolClusters().synchronise(silver.id()))).isInstanceOf(ChildChange.Removed.class);
        assertThat(hvkit.inventory().pools()).hasSize(4);
    }

    private static ChildChange only(ClusterReport report) {
        assertThat(report.children()).hasSize(1);
        return report.children().get(0);
    }

    @Test
    void a_disk_that_storage_drs_moves_is_found_at_each_use_and_its_volume_follows_so_that_what_it_left_may_go()
            throws Exception {
        PoolRecord gold = add("gold", GOLD);
        PoolRecord one = child(gold, ONE);
        PoolRecord two = child(gold, TWO);
        VolumeRecord made = volume(one);
        String external = made.place().externalId().orElseThrow().value();
        hvkit.volumes().attach(made.id(), host.id(), WEB).await();
        String moved = "[" + TWO + "] web/web_1.vmdk";
        vmware.vcenter().move("[" + ONE + "] hvkit/" + external + "/" + external + ".vmdk", moved);

        Attachment place = hvkit.volumes().attach(made.id(), host.id(), WEB).await();
        assertThat(place).isEqualTo(new Attachment.ImageFile(Path.of("/vmfs/volumes", TWO, "web/web_1.vmdk")));
        ClusterReport report = hvkit.poolClusters().synchronise(gold.id());
        assertThat(report.moved()).isEqualTo(Map.of(made.id(), two.id()));
        assertThat(report.warnings()).isEmpty();
        VolumeRecord now = hvkit.volumes().find(made.id()).orElseThrow();
        assertThat(now.place().pool()).isEqualTo(two.id());
        assertThat(now.place().diskUuid()).isEqualTo(made.place().diskUuid()).isPresent();
        assertThat(volumes(ONE)).isEmpty();
        assertThat(volumes(TWO))
                .extracting(Volume::diskUuid)
                .containsExactly(now.place().diskUuid());
        assertThat(hvkit.volumes().attach(made.id(), host.id(), WEB).await()).isEqualTo(place);
        takeOut(ONE);
        assertThat(only(hvkit.poolClusters().synchronise(gold.id()))).isInstanceOf(ChildChange.Missed.class);
        assertThat(only(hvkit.poolClusters().synchronise(gold.id()))).isInstanceOf(ChildChange.Removed.class);
        hvkit.volumes().detach(made.id(), host.id(), WEB).await();
        hvkit.volumes().delete(made.id()).await();
        assertThat(Path.of(vmware.vcenter().local(moved))).doesNotExist();
    }

    private static List<Volume> volumes(String datastore) throws InterruptedException {
        try (StoragePool pool = new DatastoreJudged(vmware, datastore).open()) {
            return pool.list();
        }
    }
}
