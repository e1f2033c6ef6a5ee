package io.hvkit.powerflex.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.hvkit.powerflex.simulator.SimulatorSettings.Devices;
import io.hvkit.powerflex.simulator.SimulatorSettings.Transport;
import io.hvkit.powerflex.simulator.control.SimulatorClock;
import io.hvkit.powerflex.simulator.control.Timing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RestartIT {

    private static final Duration SHORTLY = Duration.ofMillis(100);

    @TempDir
    Path folder;

    private PowerFlexSimulator simulator;
    private SimulatedSystem system;
    private Client client;

    @BeforeEach
    void begin() {
        restart(settings());
    }

    @AfterEach
    void close() {
        simulator.close();
    }

    private SimulatorSettings settings() {
        return SimulatorSettings.usual()
                .over(Transport.HTTP)
                .time(SimulatorClock.stopped(), Timing.usual())
                .directory(folder);
    }

    private void restart(SimulatorSettings settings) {
        if (simulator != null) {
            simulator.close();
        }
        simulator = PowerFlexSimulator.start(settings);
        system = simulator.system();
        client = Client.loggedIn(simulator, system);
    }

    private String mapped(String volume, String host, String more) {
        String sdc = system.sdcId(simulator.host(host));
        String body = "{'sdcId':'" + sdc + "','allowMultipleMappings':'TRUE'" + more + "}";
        assertThat(client.act(volume, "addMappedSdc", body).text()).isEqualTo("{}");
        return sdc;
    }

    private Path device(String host, String volume) {
        return simulator.host(host).deviceFolder().resolve("emc-vol-" + system.id() + "-" + volume);
    }

    private JsonNode snapshot(String... volumes) {
        String wishes = String.join("'},{'volumeId':'", volumes);
        return client.post(
                        "/api/instances/System/action/snapshotVolumes",
                        "{'snapshotDefs':[{'volumeId':'" + wishes + "'}]}")
                .json()
                .get("volumeIdList");
    }

    private String migrate(String volume, String pool) {
        return client.act(volume, "migrateVTree", "{'destSPId':'" + system.poolId(pool) + "'}")
                .text();
    }

    private JsonNode info(String volume) {
        String tree = client.volume(volume).get("vtreeId").asText();
        return client.get("/api/instances/VTree::" + tree).json().get("vtreeMigrationInfo");
    }

    @ParameterizedTest
    @EnumSource(Devices.class)
    void the_next_run_in_the_same_folder_answers_everything_as_the_last_one_did(Devices kind) throws Exception {
        restart(settings().devices(kind));
        String base = client.create("base");
        String other = client.create("other");
        String leaf = snapshot(snapshot(base, other).get(0).asText()).get(0).asText();
        client.act(leaf, "setVolumeName", "{'newName':'leaf'}");
        client.act(base, "setVolumeSize", "{'sizeInGB':'16'}");
        client.act(other, "setVolumeAccessModeLimit", "{'accessModeLimit':'ReadOnly'}");
        system.replicate(other);
        client.act(leaf, "setSnapshotSecurity", "{'retentionPeriodInMin':'60'}");
        String sdc = mapped(base, "host1", "");
        mapped(base, "host2", ",'accessMode':'ReadOnly'");
        client.act(base, "setMappedSdcLimits", "{'sdcId':'" + sdc + "','iopsLimit':'100'}");
        client.post("/api/instances/Sdc::" + sdc + "/action/setSdcName", "{'sdcName':'first'}");
        client.post(
                "/api/instances/System/action/approveSdc",
                "{'sdcGuid':'" + simulator.host("host1").guid() + "'}");
        client.post("/api/instances/System/action/setRestrictedSdcMode", "{'restrictedSdcMode':'Guid'}");
        system.disconnect(simulator.host("host2"));
        simulator.clock().advance(SHORTLY);
        Programs.run(
                "qemu-io",
                "-f",
                "raw",
                "-c",
                "write -P 7 15G 64k",
                "-c",
                "flush",
                device("host1", base).toString());
        JsonNode before = client.get("/api/instances").json();
        assertThat(before.toString()).contains("MarkedForReplication\"");
        restart(settings().devices(kind));
        assertThat(client.get("/api/instances").json()).isEqualTo(before);
        assertThat(Programs.isLink(device("host1", base))).as("not yet").isFalse();
        simulator.clock().advance(SHORTLY);
        assertThat(Programs.run(simulator.host("host1").drvCfg().toString(), "--query_vols"))
                .isEqualTo("Retrieved 1 volume(s)\nVOL-ID " + base + " MDM-ID " + system.id() + "\n");
        assertThat(Programs.run(simulator.host("host2").drvCfg().toString(), "--query_mdms"))
                .isEqualTo("Retrieved 0 mdm(s)\n");
        assertThat(Programs.run(
                        "qemu-io",
                        "-f",
                        "raw",
                        "-c",
                        "read -P 7 15G 64k",
                        device("host1", base).toString()))
                .doesNotContain("verification failed");
        if (kind == Devices.LOOP_DEVICES) {
            assertThatThrownBy(() -> Programs.run(
                            "qemu-io",
                            "-f",
                            "raw",
                            "-c",
                            "write 0 512",
                            device("host2", base).toString()))
                    .hasMessageContaining("not writable");
        }
        assertThat(client.create("next")).isNotIn(base, other, leaf);
    }

    @Test
    void a_migration_goes_on_in_the_state_that_it_was_in() {
        String id = client.create("one");
        migrate(id, "pool2");
        simulator.clock().advance(Duration.ofMillis(600));
        assertThat(client.get("/simulator").json().get("migrations").get(0).toString())
                .contains("\"name\":\"one\",\"from\":\"pool1\",\"to\":\"pool2\",\"heading\":\"pool2\"");
        client.act(id, "pauseVTreeMigration", "{'pauseType':'Forcefully'}");
        simulator.clock().advance(Duration.ofMillis(50));
        JsonNode before = info(id);
        double part = system.migrated(id).orElseThrow();
        restart(settings());
        assertThat(info(id)).isEqualTo(before);
        assertThat(before.get("migrationStatus").asText()).isEqualTo("Paused");
        assertThat(system.migrated(id).orElseThrow()).isEqualTo(part);
        assertThat(migrate(id, "pool1")).isEqualTo("{}");
        restart(settings());
        simulator.clock().advance(Duration.ofHours(1));
        client = Client.loggedIn(simulator, system);
        assertThat(info(id).get("migrationStatus").asText()).isEqualTo("NotInMigration");
        assertThat(client.volume(id).get("storagePoolId").asText()).isEqualTo(system.poolId("pool1"));
    }

    @Test
    void a_failed_migration_is_still_one_and_a_pool_in_trouble_is_still_in_it() {
        String id = client.create("one");
        migrate(id, "pool2");
        String tree = client.volume(id).get("vtreeId").asText();
        client.post("/simulator/migrations/" + tree + "/fail", "{'reason':'MediaError'}");
        system.beginRebuild("pool2");
        restart(settings());
        assertThat(info(id).get("migrationPauseReason").asText()).isEqualTo("MediaError");
        migrate(id, "pool2");
        simulator.clock().advance(SHORTLY);
        assertThat(info(id).get("migrationStatus").asText()).isEqualTo("InternalPausing");
        assertThat(client.post("/simulator/migrations/1/fail", "").code()).isEqualTo(860);
    }

    @Test
    void a_removal_ends_in_the_next_run_also_of_what_hung_on_a_volume_that_is_gone() {
        String base = client.create("base");
        String child = snapshot(base).get(0).asText();
        client.act(child, "removeVolume", "{'removeMode':'ONLY_ME'}");
        client.act(base, "removeVolume", "{'removeMode':'ONLY_ME'}");
        restart(settings());
        assertThat(client.get("/api/instances/Volume::" + child).code()).isIn(79, 212);
        simulator.clock().advance(SHORTLY);
        assertThat(client.get("/api/instances/Volume::" + child).code()).isEqualTo(79);
        assertThat(client.get("/api/types/VTree/instances").text()).isEqualTo("[]");
        assertThat(system.contentOf(child)).doesNotExist();
    }

    @Test
    void the_clock_does_not_go_back() {
        simulator.clock().advance(Duration.ofDays(400));
        client = Client.loggedIn(simulator, system);
        String id = client.create("one");
        long made = client.volume(id).get("creationTime").asLong();
        restart(settings());
        assertThat(simulator.clock().instant().getEpochSecond()).isGreaterThanOrEqualTo(made);
    }

    @Test
    void tokens_end_with_the_run_and_the_certificate_does_not() throws Exception {
        restart(settings().over(Transport.HTTPS));
        String token = client.login().json().asText();
        Path certificate = simulator.certificate().orElseThrow();
        String before = Files.readString(certificate);
        assertThat(Files.getPosixFilePermissions(folder.resolve("gateway.p12"))).hasSize(2);
        restart(settings().over(Transport.HTTPS));
        assertThat(Files.readString(certificate)).isEqualTo(before);
        assertThat(client.send("GET", "/api/types/Volume/instances", "", Client.basic("", token))
                        .status())
                .isEqualTo(401);
    }

    @Test
    void what_cannot_be_brought_back_is_refused_with_the_reason_and_stays_as_it_is() throws Exception {
        String id = client.create("one");
        mapped(id, "host2", "");
        Path content = system.contentOf(id);
        Path state = folder.resolve("arrays/powerflex1.json");
        simulator.close();
        refused(settings().host("host1"), "mapped to the host host2, which is not among the hosts now; name it too");
        refused(
                settings()
                        .system(SystemSettings.named("powerflex1")
                                .pool(PoolSettings.named("pool1").fineGranularity())),
                "the pool pool1 is there as domain1/pool1 of 1073741824 KB, mirrored, MediumGranularity, zero padded");
        Path aside = folder.resolve("aside");
        Files.move(content, aside);
        refused(settings(), content + " has 0 of 8589934592");
        Files.move(aside, content);
        String text = Files.readString(state);
        Files.writeString(state, text.substring(0, text.length() / 2));
        refused(settings(), state + " is not what a simulator keeps of an array");
        Files.writeString(state, text.replace("\"format\":1", "\"format\":2"));
        refused(settings(), "format 2 is not known");
        Files.delete(state);
        refused(settings(), "files are in " + content.getParent());
        Files.writeString(state, text);
        restart(settings());
        assertThat(client.volume(id).get("name").asText()).isEqualTo("one");
    }

    private static void refused(SimulatorSettings settings, String reason) {
        assertThatThrownBy(() -> PowerFlexSimulator.start(settings).close())
                .isInstanceOf(RuntimeException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void a_system_that_is_not_named_keeps_its_files_and_another_folder_has_others() {
        client.create("one");
        restart(settings().system(SystemSettings.named("other")));
        assertThat(client.get("/api/types/Volume/instances").text()).isEqualTo("[]");
        restart(settings());
        assertThat(client.get("/api/types/Volume/instances").json()).hasSize(1);
    }
}
