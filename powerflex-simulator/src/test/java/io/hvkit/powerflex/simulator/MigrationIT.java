package io.hvkit.powerflex.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.hvkit.core.ByteSize;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MigrationIT extends GatewayCase {

    private String id = "";

    @BeforeEach
    void play() {
        simulator.close();
        simulator = PowerFlexSimulator.start(settings(SystemSettings.named("array")
                .pool(PoolSettings.named("pool1"))
                .pool(PoolSettings.named("pool2"))
                .pool(PoolSettings.named("pool3").in("domain2"))
                .pool(PoolSettings.named("fine").fineGranularity())
                .pool(PoolSettings.named("bare").withoutZeroPadding())
                .pool(PoolSettings.named("small").usable(ByteSize.gibibytes(8)))));
        system = simulator.system();
        client = Client.loggedIn(simulator, system);
        id = client.create("one");
    }

    private Client.Reply migrate(String pool) {
        return client.act(id, "migrateVTree", "{'destSPId':'" + system.poolId(pool) + "'}");
    }

    private JsonNode info() {
        return client.get("/api/instances/VTree::"
                        + client.volume(id).get("vtreeId").asText())
                .json()
                .get("vtreeMigrationInfo");
    }

    private String status() {
        return info().get("migrationStatus").asText();
    }

    private String pool() {
        return client.volume(id).get("storagePoolId").asText();
    }

    @Test
    void a_tree_moves_with_its_snapshots_and_keeps_all_ids() {
        String snapshot = client.post(
                        "/api/instances/System/action/snapshotVolumes", "{'snapshotDefs':[{'volumeId':'" + id + "'}]}")
                .json()
                .get("volumeIdList")
                .get(0)
                .asText();
        String tree = client.volume(id).get("vtreeId").asText();
        assertThat(info().toString())
                .isEqualTo("{\"sourceStoragePoolId\":null,\"destinationStoragePoolId\":null,\"migrationStatus\":"
                        + "\"NotInMigration\",\"migrationPauseReason\":null,\"migrationQueuePosition\":0,"
                        + "\"thicknessConversionType\":\"NoConversion\"}");
        assertThat(migrate("pool3").text()).isEqualTo("{}");
        assertThat(status()).isEqualTo("PendingMigration");
        pass(Duration.ofMillis(100));
        assertThat(status()).isEqualTo("MigrationNormal");
        assertThat(pool()).isEqualTo(system.poolId("pool1"));
        assertThat(info().get("destinationStoragePoolId").asText()).isEqualTo(system.poolId("pool3"));
        pass(Duration.ofMillis(500));
        assertThat(system.migrated(id).orElseThrow()).isEqualTo(0.5);
        pass(Duration.ofMillis(499));
        assertThat(status()).isEqualTo("MigrationNormal");
        pass(Duration.ofMillis(1));
        assertThat(status()).isEqualTo("NotInMigration");
        assertThat(pool()).isEqualTo(system.poolId("pool3"));
        assertThat(client.volume(snapshot).get("storagePoolId").asText()).isEqualTo(system.poolId("pool3"));
        assertThat(client.volume(snapshot).get("vtreeId").asText()).isEqualTo(tree);
    }

    @Test
    void a_great_leap_of_the_clock_passes_all_states() {
        migrate("pool2");
        pass(Duration.ofDays(1));
        client = Client.loggedIn(simulator, system);
        assertThat(status()).isEqualTo("NotInMigration");
        assertThat(pool()).isEqualTo(system.poolId("pool2"));
    }

    @Test
    void what_cannot_be_asked_now_is_refused_with_its_code() {
        assertThat(migrate("pool1").code()).isEqualTo(718);
        assertThat(client.act(id, "migrateVTree", "{'destSPId':'1'}").code()).isEqualTo(171);
        assertThat(client.act(id, "migrateVTree", "{}").status()).isEqualTo(400);
        assertThat(client.act(id, "pauseVTreeMigration", "{'pauseType':'Gracefully'}")
                        .code())
                .isEqualTo(754);
        assertThat(client.act(id, "resumeVTreeMigration", "{}").code()).isEqualTo(754);
        migrate("pool2");
        assertThat(migrate("pool2").code()).isEqualTo(717);
        assertThat(migrate("pool3").code()).isEqualTo(719);
        assertThat(migrate("pool1").code()).isEqualTo(779);
        assertThat(client.act(id, "resumeVTreeMigration", "{}").code()).isEqualTo(838);
        assertThat(client.act(id, "pauseVTreeMigration", "{'pauseType':'Foo'}").status())
                .isEqualTo(400);
    }

    @Test
    void pools_must_be_alike_and_have_room() {
        assertThat(migrate("bare").code()).isEqualTo(942);
        client.act(id, "setVolumeSize", "{'sizeInGB':'16'}");
        system.fill("pool2");
        assertThat(migrate("pool2").code()).isEqualTo(825);
        client.post("/api/instances/System/action/snapshotVolumes", "{'snapshotDefs':[{'volumeId':'" + id + "'}]}");
        assertThat(migrate("fine").code()).isEqualTo(846);
        assertThat(client.act(
                                id,
                                "migrateVTree",
                                "{'destSPId':'" + system.poolId("pool2") + "','ignoreDestinationCapacity':'TRUE'}")
                        .text())
                .isEqualTo("{}");
    }

    @Test
    void a_paused_migration_goes_on_or_is_rolled_back() {
        migrate("pool2");
        pass(Duration.ofMillis(600));
        assertThat(client.act(id, "pauseVTreeMigration", "{'pauseType':'Gracefully'}")
                        .text())
                .isEqualTo("{}");
        assertThat(status()).isEqualTo("GracefullyPausing");
        assertThat(migrate("pool1").code()).isEqualTo(779);
        pass(Duration.ofMillis(500));
        assertThat(status()).isEqualTo("Paused");
        assertThat(info().get("migrationPauseReason").isNull()).isFalse();
        assertThat(client.act(id, "pauseVTreeMigration", "{'pauseType':'Forcefully'}")
                        .code())
                .isEqualTo(759);
        pass(Duration.ofMinutes(1));
        assertThat(status()).isEqualTo("Paused");
        assertThat(client.act(id, "resumeVTreeMigration", "{}").text()).isEqualTo("{}");
        assertThat(status()).isEqualTo("MigrationNormal");
        client.act(id, "pauseVTreeMigration", "{'pauseType':'Forcefully'}");
        assertThat(status()).isEqualTo("ForcefullyPausing");
        pass(Duration.ofMillis(50));
        assertThat(migrate("pool3").code()).isEqualTo(719);
        assertThat(migrate("pool2").text()).isEqualTo("{}");
        client.act(id, "pauseVTreeMigration", "{'pauseType':'Forcefully'}");
        pass(Duration.ofMillis(50));
        assertThat(migrate("pool1").text()).isEqualTo("{}");
        assertThat(info().get("destinationStoragePoolId").asText()).isEqualTo(system.poolId("pool1"));
        pass(Duration.ofMillis(499));
        assertThat(status()).isEqualTo("MigrationNormal");
        pass(Duration.ofMillis(1));
        assertThat(status()).isEqualTo("NotInMigration");
        assertThat(pool()).isEqualTo(system.poolId("pool1"));
    }

    @Test
    void a_rebuild_holds_a_migration_up_unless_it_was_told_not_to_wait() {
        migrate("pool2");
        pass(Duration.ofMillis(200));
        system.beginRebuild("pool2");
        assertThat(status()).isEqualTo("InternalPausing");
        pass(Duration.ofMinutes(9));
        assertThat(status()).isEqualTo("PendingRetry");
        assertThat(info().get("migrationPauseReason").isNull()).isFalse();
        system.endRebuild("pool2");
        assertThat(status()).isEqualTo("MigrationNormal");
        system.beginRebalance("pool1");
        assertThat(status()).isEqualTo("PendingRebalance");
        system.endRebalance("pool1");
        pass(Duration.ofSeconds(1));
        assertThat(pool()).isEqualTo(system.poolId("pool2"));
        system.beginRebuild("pool1");
        client.act(id, "migrateVTree", "{'destSPId':'" + system.poolId("pool1") + "','allowDuringRebuild':'TRUE'}");
        pass(Duration.ofSeconds(2));
        assertThat(pool()).isEqualTo(system.poolId("pool1"));
    }

    @Test
    void a_failed_migration_is_where_it_was_and_has_a_reason() {
        migrate("pool2");
        pass(Duration.ofMillis(200));
        system.failMigration(id, "MediaError");
        assertThat(status()).isEqualTo("NotInMigration");
        assertThat(info().get("migrationPauseReason").asText()).isEqualTo("MediaError");
        assertThat(pool()).isEqualTo(system.poolId("pool1"));
    }

    @Test
    void thin_becomes_thick_on_the_way_and_no_snapshot_is_taken_while_the_layout_changes() {
        client.act(
                id, "migrateVTree", "{'destSPId':'" + system.poolId("fine") + "','volTypeConversion':'ThinToThick'}");
        assertThat(client.post(
                                "/api/instances/System/action/snapshotVolumes",
                                "{'snapshotDefs':[{'volumeId':'" + id + "'}]}")
                        .code())
                .isEqualTo(847);
        pass(Duration.ofSeconds(2));
        assertThat(client.volume(id).get("volumeType").asText()).isEqualTo("ThickProvisioned");
        assertThat(client.volume(id).get("dataLayout").asText()).isEqualTo("FineGranularity");
        assertThat(client.volume(id).get("compressionMethod").asText()).isEqualTo("None");
    }
}
