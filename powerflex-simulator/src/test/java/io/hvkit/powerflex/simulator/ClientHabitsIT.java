package io.hvkit.powerflex.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole sequences of requests as shipped clients make them, each in its own dialect of the same interface. */
class ClientHabitsIT extends GatewayCase {

    private static final String NO_BODY = "";
    private static final String EMPTY = "{}\n";

    private String bearer(String version, String token) {
        return GatewayVersion.parse(version).isFour() ? "Bearer " + token : Client.basic("", token);
    }

    private JsonNode ok(Client.Reply reply) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.json();
    }

    private static String link(JsonNode object, String rel) {
        return StreamSupport.stream(object.get("links").spliterator(), false)
                .filter(one -> one.get("rel").asText().equals(rel))
                .map(one -> one.get("href").asText())
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + rel + " in " + object));
    }

    private static JsonNode one(JsonNode list, String field, String value) {
        return StreamSupport.stream(list.spliterator(), false)
                .filter(each -> each.get(field).asText().equals(value))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + value + " in " + list));
    }

    /** Finds its way by links alone, sends an empty object wherever a body can be, and asks for the version before anything else. */
    @ParameterizedTest
    @ValueSource(strings = {"3.5", "3.6", "4.5"})
    void goscaleio(String version) {
        play(GatewayVersion.parse(version));
        String token = client.login().json().asText();
        client.use(Client.basic("", token));
        assertThat(ok(client.get("/api/version")).asText()).isEqualTo(version);
        client.use(bearer(version, token));
        JsonNode found = ok(client.get("/api/types/System/instances")).get(0);
        JsonNode statistics = ok(client.get(link(found, "/api/System/relationship/Statistics")));
        assertThat(statistics.get("maxCapacityInKb").isIntegralNumber()).isTrue();
        JsonNode domain = ok(client.get(link(found, "/api/System/relationship/ProtectionDomain")))
                .get(0);
        assertThat(ok(client.send("GET", link(domain, "self"), EMPTY, bearer(version, token)))
                        .get("name")
                        .asText())
                .as("a GET that brings a body")
                .isEqualTo("domain1");
        JsonNode pool =
                one(ok(client.get(link(domain, "/api/ProtectionDomain/relationship/StoragePool"))), "name", "pool1");
        String created = ok(client.post(
                        "/api/types/Volume/instances",
                        "{'protectionDomainId':'" + domain.get("id").asText() + "','storagePoolId':'"
                                + pool.get("id").asText()
                                + "','name':'pvc','volumeSizeInKb':'8192','volumeType':'ThinProvisioned'}"))
                .get("id")
                .asText();
        Client.Reply again = client.post(
                "/api/types/Volume/instances",
                "{'storagePoolId':'" + pool.get("id").asText() + "','name':'pvc','volumeSizeInKb':'8192'}");
        assertThat(again.message().toLowerCase(Locale.ROOT))
                .as("what makes it look for the volume instead")
                .isEqualTo("volume name already in use. please use a different name.");
        JsonNode volume = one(ok(client.get(link(pool, "/api/StoragePool/relationship/Volume"))), "name", "pvc");
        assertThat(volume.get("id").asText()).isEqualTo(created);
        assertThat(volume.get("sizeInKb").asLong()).isEqualTo(8L << 20);
        String self = link(volume, "self");
        JsonNode sdc = one(
                ok(client.get(link(found, "/api/System/relationship/Sdc"))),
                "sdcGuid",
                simulator.host("host1").guid());
        String map = "{'sdcId':'" + sdc.get("id").asText()
                + "','allowMultipleMappings':'FALSE','allSdcs':'','accessMode':'ReadWrite'}";
        ok(client.post(self + "/action/addMappedSdc", map));
        assertThat(ok(client.get(link(sdc, "/api/Sdc/relationship/Volume")))
                        .get(0)
                        .get("id")
                        .asText())
                .isEqualTo(created);
        JsonNode group = ok(client.post(
                link(found, "self") + "/action/snapshotVolumes",
                "{'snapshotDefs':[{'volumeId':'" + created
                        + "','snapshotName':'pvc-snap'}],'accessModeLimit':'ReadOnly','allowOnExtManagedVol':true}"));
        JsonNode snapshot = client.volume(group.get("volumeIdList").get(0).asText());
        assertThat(snapshot.get("consistencyGroupId")).isEqualTo(group.get("snapshotGroupId"));
        assertThat(link(snapshot, "/api/parent/relationship/ancestorVolumeId")).isEqualTo(self);
        JsonNode tree = ok(client.get(link(volume, "/api/parent/relationship/vtreeId")));
        assertThat(ok(client.get(link(tree, "/api/VTree/relationship/Volume")))).hasSize(2);
        assertThat(client.post(self + "/action/removeMappedSdc", "{}").status())
                .as("all hosts, whose empty string is left out")
                .isEqualTo(400);
        ok(client.post(
                self + "/action/removeMappedSdc", "{'sdcId':'" + sdc.get("id").asText() + "'}"));
        ok(client.post(self + "/action/removeVolume", "{'removeMode':'INCLUDING_DESCENDANTS'}"));
        assertThat(client.get(self).message()).isEqualTo("A volume removal operation is currently in progress. ");
        pass(Duration.ofSeconds(1));
        assertThat(client.get(self).message()).isEqualTo("Could not find the volume");
        assertThat(ok(client.post("/api/instances/System/action/querySystemLimits", EMPTY))
                        .get("systemLimitEntryList")
                        .isArray())
                .isTrue();
    }

    /** Logs in, asks for the version, logs in in that version's way, calls, and logs out: around every call. */
    @ParameterizedTest
    @ValueSource(strings = {"3.6", "4.0", "4.6"})
    void pypowerflex(String version) {
        play(GatewayVersion.parse(version));
        String pool = system.poolId("pool1");
        JsonNode made = around(
                version,
                "/api/types/Volume/instances",
                "{'storagePoolId':'" + pool
                        + "','volumeSizeInGb':'8','name':'py','volumeType':'ThinProvisioned','volumeClass':'defaultclass',"
                        + "'useRmcache':'False'}");
        String volume = "/api/instances/Volume::" + made.get("id").asText();
        around(
                version,
                volume + "/action/addMappedSdc",
                "{'guid':'" + simulator.host("host1").guid()
                        + "','allowMultipleMappings':'True','accessMode':'ReadWrite'}");
        around(
                version,
                volume + "/action/setMappedSdcLimits",
                "{'guid':'" + simulator.host("host1").guid() + "','bandwidthLimitInKbps':'10240','iopsLimit':'11'}");
        assertThat(around(version, volume, NO_BODY)
                        .get("mappedSdcInfo")
                        .get(0)
                        .get("limitBwInMbps")
                        .asInt())
                .isEqualTo(10);
        around(version, volume + "/action/removeMappedSdc", "{'allSdcs':'True'}");
        assertThat(around(
                                version,
                                "/api/types/StoragePool/instances/action/querySelectedStatistics",
                                "{'ids':['" + pool + "'],'properties':['numOfVolumes','netUnusedCapacityInKb']}")
                        .get(pool)
                        .get("numOfVolumes")
                        .asInt())
                .isEqualTo(1);
        around(version, volume + "/action/removeVolume", "{'removeMode':'ONLY_ME'}");
    }

    private JsonNode around(String version, String path, String body) {
        String token = client.login().json().asText();
        client.use(Client.basic("admin", token));
        String told = ok(client.get("/api/version")).asText();
        assertThat(told).isEqualTo(version);
        boolean old = told.compareTo("4.0") < 0;
        String header = old
                ? Client.basic("admin", client.login().json().asText())
                : "Bearer "
                        + client.post("/rest/auth/login", "{'username':'admin','password':'simulator'}")
                                .field("access_token");
        client.use(header);
        JsonNode answer = ok(body.equals(NO_BODY) ? client.get(path) : client.post(path, body));
        Client.Reply end = old ? client.get("/api/logout") : client.post("/rest/auth/logout", "{'refresh_token':'x'}");
        assertThat(end.status()).isEqualTo(old ? 200 : 204);
        assertThat(client.get("/api/types/Volume/instances").status()).isEqualTo(401);
        return answer;
    }

    /** Gives both limits as 0, unmaps all by an empty string, snapshots without names, and rolls a late migration back. */
    @ParameterizedTest
    @ValueSource(strings = {"3.5", "3.6", "4.5"})
    void cloudstack(String version) {
        play(GatewayVersion.parse(version));
        client.use(Client.basic("admin", client.login().json().asText()));
        assertThat(ok(client.get("/api/Configuration")).get("mdmAddresses")).isNotEmpty();
        String volume = ok(client.post(
                        "/api/types/Volume/instances",
                        "{'storagePoolId':'" + system.poolId("pool1")
                                + "','volumeSizeInGb':'16','name':'vol-7-1a2b-cs','volumeType':'ThinProvisioned'}"))
                .get("id")
                .asText();
        assertThat(client.volume(volume).get("mappedSdcInfo").isNull()).isTrue();
        ok(client.act(volume, "addMappedSdc", "{'sdcId':'" + sdc("host1") + "','allowMultipleMappings':'TRUE'}"));
        ok(client.act(
                volume,
                "setMappedSdcLimits",
                "{'sdcId':'" + sdc("host1") + "','bandwidthLimitInKbps':'0','iopsLimit':'0'}"));
        JsonNode group = ok(client.post(
                "/api/instances/System/action/snapshotVolumes", "{'snapshotDefs':[{'volumeId':'" + volume + "'}]}"));
        String snapshot = group.get("volumeIdList").get(0).asText();
        Client.Reply overwritten = client.act(
                volume, "overwriteVolumeContent", "{'srcVolumeId':'" + snapshot + "','allowOnExtManagedVol':'TRUE'}");
        assertThat(overwritten.status()).isEqualTo(GatewayVersion.parse(version).isFour() ? 400 : 200);
        ok(client.act(volume, "overwriteVolumeContent", "{'srcVolumeId':'" + snapshot + "'}"));
        assertThat(ok(client.post(
                                "/api/instances/System::" + system.id() + "/action/removeConsistencyGroupSnapshots",
                                "{'snapGroupId':'"
                                        + group.get("snapshotGroupId").asText() + "'}"))
                        .get("numberOfVolumes")
                        .asInt())
                .isEqualTo(1);
        rollBack(volume);
        ok(client.act(volume, "setVolumeName", "{'newName':'vol-7-3c4d-cs'}"));
        assertThat(client.act(volume, "removeVolume", "{'removeMode':'ONLY_ME'}")
                        .code())
                .isEqualTo(104);
        ok(client.act(volume, "removeMappedSdc", "{'allSdcs':''}"));
        ok(client.act(volume, "removeVolume", "{'removeMode':'ONLY_ME'}"));
        pass(Duration.ofSeconds(1));
        assertThat(client.act(volume, "removeVolume", "{'removeMode':'ONLY_ME'}")
                        .message())
                .isEqualTo("Could not find the volume");
    }

    private void rollBack(String volume) {
        String tree =
                "/api/instances/VTree::" + client.volume(volume).get("vtreeId").asText();
        String there = system.poolId("pool2");
        ok(client.act(volume, "migrateVTree", "{'destSPId':'" + there + "'}"));
        pass(Duration.ofMillis(300));
        assertThat(status(tree)).isEqualTo("MigrationNormal");
        assertThat(client.volume(volume).get("storagePoolId").asText())
                .as("where it comes from, for the way back")
                .isEqualTo(system.poolId("pool1"));
        ok(client.act(volume, "pauseVTreeMigration", "{'pauseType':'Forcefully'}"));
        pass(Duration.ofSeconds(3));
        assertThat(status(tree)).isEqualTo("Paused");
        ok(client.act(volume, "migrateVTree", "{'destSPId':'" + system.poolId("pool1") + "'}"));
        pass(Duration.ofSeconds(3));
        assertThat(status(tree)).isEqualTo("NotInMigration");
        assertThat(client.volume(volume).get("storagePoolId").asText()).isEqualTo(system.poolId("pool1"));
        ok(client.act(volume, "migrateVTree", "{'destSPId':'" + there + "'}"));
        pass(Duration.ofSeconds(3));
        assertThat(client.volume(volume).get("storagePoolId").asText()).isEqualTo(there);
    }

    private String status(String tree) {
        return ok(client.get(tree))
                .get("vtreeMigrationInfo")
                .get("migrationStatus")
                .asText();
    }

    /** Says everything in small letters, posts without a body, names volumes in base 64, and takes HTML for a lost session. */
    @ParameterizedTest
    @ValueSource(strings = {"3.6", "4.5"})
    void lxd(String version) {
        play(GatewayVersion.parse(version));
        assertThat(client.send("GET", "/api/types/Volume/instances", NO_BODY, bearer(version, "stale"))
                        .contentType())
                .startsWith(GatewayVersion.parse(version).isFour() ? "text/html" : "application/json");
        client.use(bearer(version, client.login().json().asText()));
        String name = "MTIzNDU2Nzg5MDEyMzQ1/+==";
        JsonNode pool = one(ok(client.get("/api/types/StoragePool/instances")), "name", "pool1");
        assertThat(pool.get("zeroPaddingEnabled").asBoolean()).isTrue();
        String volume = ok(client.post(
                        "/api/types/Volume/instances",
                        "{'storagePoolId':'" + pool.get("id").asText() + "','name':'" + name
                                + "','volumeType':'ThinProvisioned','volumeSizeInGb':'8'}"))
                .get("id")
                .asText();
        assertThat(ok(client.post("/api/types/Volume/instances/action/queryIdByKey", "{'name':'" + name + "'}"))
                        .asText())
                .isEqualTo(volume);
        JsonNode host = one(
                ok(client.get("/api/types/Sdc/instances")),
                "sdcGuid",
                simulator.host("host2").guid());
        String mapping = "{'sdcId':'" + host.get("id").asText() + "','allowMultipleMappings':'true'}";
        ok(client.act(volume, "addMappedSdc", mapping));
        String snapshot = ok(client.post(
                        "/api/instances/System::" + system.id() + "/action/snapshotVolumes",
                        "{'snapshotDefs':[{'volumeId':'" + volume + "','snapshotName':'s'}],"
                                + "'accessModeLimit':'ReadWrite'}"))
                .get("volumeIdList")
                .get(0)
                .asText();
        ok(client.act(volume, "overwriteVolumeContent", "{'srcVolumeId':'" + snapshot + "'}"));
        ok(client.act(volume, "removeMappedSdc", mapping));
        assertThat(client.act(volume, "removeMappedSdc", mapping).code())
                .isEqualTo(GatewayVersion.parse(version).isFour() ? 4039 : 84);
        assertThat(client.post("/api/instances/System/action/querySystemLimits", NO_BODY)
                        .status())
                .as("no body at all")
                .isEqualTo(200);
        ok(client.act(volume, "removeVolume", "{'removeMode':'ONLY_ME'}"));
        assertThat(client.volume(snapshot).get("ancestorVolumeId").isNull()).isTrue();
        ok(client.act(snapshot, "removeVolume", "{'removeMode':'ONLY_ME'}"));
    }
}
