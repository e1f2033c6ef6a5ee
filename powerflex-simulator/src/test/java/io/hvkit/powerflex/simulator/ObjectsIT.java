package io.hvkit.powerflex.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectsIT extends GatewayCase {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            System           | Statistics,ProtectionDomain,Sdc,User |
            ProtectionDomain | StoragePool,Sds,Statistics           | systemId
            StoragePool      | Statistics,Volume,Device,VTree       | protectionDomainId
            Sdc              | Statistics,Volume                    | systemId
            Volume           | Statistics                           | vtreeId,storagePoolId
            VTree            | Statistics,Volume                    | storagePoolId
            """)
    void every_link_of_an_object_leads_somewhere(String type, String children, String parents) {
        client.create("one");
        JsonNode object = client.get("/api/types/" + type + "/instances").json().get(0);
        List<String> rels = new ArrayList<>();
        for (JsonNode link : object.get("links")) {
            rels.add(link.get("rel").asText());
            assertThat(client.get(link.get("href").asText()).status())
                    .as(link.toString())
                    .isEqualTo(200);
        }
        List<String> expected = new ArrayList<>(List.of("self"));
        for (String child : children.split(",", -1)) {
            expected.add("/api/" + type + "/relationship/" + child);
        }
        if (parents != null) {
            for (String parent : parents.split(",", -1)) {
                expected.add("/api/parent/relationship/" + parent);
            }
        }
        assertThat(rels).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(client.get(object.get("links").get(0).get("href").asText()).json())
                .isEqualTo(object);
    }

    @Test
    void what_is_not_there_is_null_and_ids_have_sixteen_lower_digits() {
        String id = client.create("one");
        JsonNode volume = client.volume(id);
        assertThat(id).matches("[0-9a-f]{16}");
        assertThat(system.id()).matches("[0-9a-f]{16}");
        for (String field : new String[] {"ancestorVolumeId", "consistencyGroupId", "mappedSdcInfo", "pairIds"}) {
            assertThat(volume.has(field) && volume.get(field).isNull())
                    .as(field)
                    .isTrue();
        }
        assertThat(volume.get("sizeInKb").isNumber()).isTrue();
        assertThat(client.get("/api/types/Sdc/instances")
                        .json()
                        .get(0)
                        .get("name")
                        .isNull())
                .isTrue();
        assertThat(client.get("/api/types/Sds/instances").text()).isEqualTo("[]");
    }

    @Test
    void ids_are_read_in_any_case_and_what_is_no_number_is_400() {
        String id = client.create("one");
        assertThat(client.volume(id.toUpperCase(java.util.Locale.ROOT))
                        .get("id")
                        .asText())
                .isEqualTo(id);
        Client.Reply reply = client.get("/api/instances/Volume::foo");
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.code()).isZero();
        assertThat(reply.message()).isEqualTo("id (foo) must be a hexadecimal number (unsigned long)");
    }

    @ParameterizedTest
    @CsvSource({
        "Volume, 79, Could not find the volume",
        "Sdc, 80, Could not find the SDC",
        "ProtectionDomain, 142, Could not find Protection Domain",
        "StoragePool, 171, Could not find Storage Pool",
        "VTree, 860, The VTree was not found"
    })
    void what_is_not_found_is_500_with_the_code_of_its_type(String type, int code, String message) {
        Client.Reply reply = client.get("/api/instances/" + type + "::1");
        assertThat(reply.status()).isEqualTo(500);
        assertThat(reply.code()).isEqualTo(code);
        assertThat(reply.message()).isEqualTo(message);
    }

    @Test
    void keys_lead_to_ids_as_json_strings() {
        String id = client.create("a/b+c=");
        assertThat(client.post("/api/types/Volume/instances/action/queryIdByKey", "{'name':'a/b+c='}")
                        .text())
                .isEqualTo("\"" + id + "\"");
        assertThat(client.post("/api/types/Sdc/instances/action/queryIdByKey", "{'ip':'192.168.10.11'}")
                        .json()
                        .asText())
                .isEqualTo(sdc("host1"));
        String domain = client.post("/api/types/ProtectionDomain/instances/action/queryIdByKey", "{'name':'domain1'}")
                .json()
                .asText();
        for (String key : new String[] {"'protectionDomainId':'" + domain, "'protectionDomainName':'domain1"}) {
            assertThat(client.post(
                                    "/api/types/StoragePool/instances/action/queryIdByKey",
                                    "{'name':'pool2'," + key + "'}")
                            .json()
                            .asText())
                    .isEqualTo(system.poolId("pool2"));
        }
        assertThat(client.get("/api/types/Domain/instances/getByName::domain1")
                        .json()
                        .asText())
                .isEqualTo(domain);
        assertThat(client.get("/api/types/Pool/instances/getByName::" + domain + ",pool1")
                        .json()
                        .asText())
                .isEqualTo(system.poolId("pool1"));
        assertThat(client.get("/api/types/Volume/instances/getByName::a%252Fb%252Bc%253D")
                        .json()
                        .asText())
                .isEqualTo(id);
        assertThat(client.get("/api/types/Client/instances/getByIp::192.168.10.12/")
                        .json()
                        .asText())
                .isEqualTo(sdc("host2"));
        assertThat(client.post("/api/types/Volume/instances/action/queryIdByKey", "{'name':'none'}")
                        .code())
                .isEqualTo(79);
        assertThat(client.post("/api/types/Volume/instances/action/queryIdByKey", "{}")
                        .message())
                .isEqualTo("Request message is not valid: The following parameter(s) must be part of the request body:"
                        + " name.");
    }

    @Test
    void some_objects_are_asked_for_at_once_and_an_unknown_one_fails_all() {
        String id = client.create("one");
        String path = "/api/types/Volume/instances/action/queryBySelectedIds";
        assertThat(client.post(path, "{'ids':['" + id + "']}").json()).hasSize(1);
        Client.Reply reply = client.post(path, "{'ids':['" + id + "','1']}");
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.message())
                .isEqualTo("Query selected Instances type: Volume - Got no statistics for id 1. It doesn't exist");
    }

    @Test
    void chosen_statistics_are_keyed_by_id_and_an_unknown_property_is_refused() {
        String path = "/api/types/StoragePool/instances/action/querySelectedStatistics";
        JsonNode some = client.post(path, "{'allIds':'','properties':['maxCapacityInKb']}")
                .json();
        assertThat(some).hasSize(2);
        assertThat(some.get(system.poolId("pool1"))).hasSize(1);
        assertThat(some.get(system.poolId("pool1")).get("maxCapacityInKb").isNumber())
                .isTrue();
        assertThat(client.post(path, "{'allIds':'','properties':['nothing']}").status())
                .isEqualTo(400);
    }

    @Test
    void statistics_of_a_pool_are_numbers_that_fit_together() {
        client.create("thin");
        client.post(
                "/api/types/Volume/instances",
                "{'storagePoolId':'" + system.poolId("pool1") + "','volumeSizeInKb':'8388608'}");
        JsonNode pool = client.get(
                        "/api/instances/StoragePool::" + system.poolId("pool1") + "/relationships/Statistics")
                .json();
        long usable = (pool.get("maxCapacityInKb").asLong()
                        - pool.get("spareCapacityInKb").asLong())
                / 2;
        assertThat(usable).isEqualTo(1L << 30);
        assertThat(pool.get("netUnusedCapacityInKb").asLong()
                        + pool.get("netCapacityInUseInKb").asLong())
                .isEqualTo(usable);
        assertThat(pool.get("thinCapacityAllocatedInKb").asLong()).isEqualTo(16777216);
        assertThat(pool.get("thickCapacityInUseInKb").asLong()).isEqualTo(16777216);
        assertThat(pool.get("capacityAvailableForVolumeAllocationInKb").asLong() % 8388608)
                .isZero();
        assertThat(pool.get("numOfVolumes").asInt()).isEqualTo(2);
        pool.properties().forEach(field -> {
            if (field.getKey().endsWith("InKb")) {
                assertThat(field.getValue().isIntegralNumber())
                        .as(field.getKey())
                        .isTrue();
            }
        });
        assertThat(pool.get("userDataReadBwc").toString())
                .isEqualTo("{\"numSeconds\":0,\"totalWeightInKb\":0,\"numOccured\":0}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"3.5", "3.6", "4.0", "4.6"})
    void each_version_shows_its_own_fields(String version) {
        GatewayVersion played = GatewayVersion.parse(version);
        play(played);
        JsonNode volume = client.volume(client.create("one"));
        assertThat(volume.get("compressionMethod").asText()).isEqualTo(played.isFour() ? "NotApplicable" : "Invalid");
        assertThat(volume.has("volumeClass")).isEqualTo(played.isFour());
        assertThat(client.get("/api/types/Sdc/instances").json().get(0).has("hostType"))
                .isEqualTo(played.isFour());
        assertThat(client.get("/api/types/Host/instances").status()).isEqualTo(played.isFour() ? 200 : 404);
        assertThat(client.get("/api/types/System/instances")
                        .json()
                        .get(0)
                        .get("systemVersionName")
                        .asText())
                .contains("R" + version.replace('.', '_'));
        assertThat(client.get("/api/types/ProtectionDomain/instances")
                        .json()
                        .get(0)
                        .has("genType"))
                .isEqualTo(version.equals("4.6"));
    }

    @Test
    void everything_the_limits_and_the_addresses_are_told() {
        client.create("one");
        JsonNode all = client.get("/api/instances").json();
        assertThat(all.get("volumeList")).hasSize(1);
        assertThat(all.get("storagePoolList")).hasSize(2);
        JsonNode limit = client.post("/api/instances/System/action/querySystemLimits", "{}")
                .json()
                .get("systemLimitEntryList")
                .get(0);
        assertThat(limit.get("type").asText()).isEqualTo("volumeSizeGb");
        assertThat(limit.get("maxVal").asText()).isEqualTo("1048576");
        JsonNode configuration = client.get("/api/Configuration").json();
        assertThat(configuration.get("systemId").asText()).isEqualTo(system.id());
        assertThat(configuration.get("mdmAddresses").get(0).asText()).isEqualTo("192.168.20.11");
    }

    @Test
    void hosts_are_named_restricted_and_removed() {
        String path = "/api/instances/Sdc::" + sdc("host1") + "/action/";
        assertThat(client.post(path + "setSdcName", "{'sdcName':'first'}").text())
                .isEqualTo("{}");
        assertThat(client.post("/api/types/Sdc/instances/action/queryIdByKey", "{'name':'first'}")
                        .json()
                        .asText())
                .isEqualTo(sdc("host1"));
        assertThat(client.post(path + "removeSdc", "{}").code()).isEqualTo(298);
        system.disconnect(simulator.host("host1"));
        JsonNode sdc = client.get("/api/instances/Sdc::" + sdc("host1")).json();
        assertThat(sdc.get("mdmConnectionState").asText()).isEqualTo("Disconnected");
        assertThat(sdc.get("sdcIp").asText()).isEqualTo("N/A");
        assertThat(client.post(path + "removeSdc", "{}").text()).isEqualTo("{}");
        String self = "/api/instances/System::" + system.id() + "/action/";
        client.post(self + "setRestrictedSdcMode", "{'restrictedSdcMode':'Guid'}");
        String volume = client.create("one");
        String mapping = "{'sdcId':'" + sdc("host2") + "'}";
        assertThat(client.act(volume, "addMappedSdc", mapping).code()).isEqualTo(322);
        String guid = simulator.host("host2").guid();
        assertThat(guid).isEqualTo(guid.toUpperCase(java.util.Locale.ROOT));
        assertThat(client.post(self + "approveSdc", "{'sdcGuid':'" + guid + "'}")
                        .field("id"))
                .isEqualTo(sdc("host2"));
        assertThat(client.act(volume, "addMappedSdc", mapping).text()).isEqualTo("{}");
    }

    @Test
    void a_pool_with_erasure_coding_can_be_looked_at_and_takes_no_volume() {
        simulator.close();
        simulator = PowerFlexSimulator.start(settings(SystemSettings.named("array")
                .pool(PoolSettings.named("pool1"))
                .pool(PoolSettings.named("next").erasureCoding())));
        system = simulator.system();
        client = Client.loggedIn(simulator, system);
        JsonNode pool = client.get("/api/instances/StoragePool::" + system.poolId("next"))
                .json();
        String path = "/api/types/ProtectionDomain/instances/action/queryBySelectedIds";
        JsonNode domain = client.post(
                        path, "{'ids':['" + pool.get("protectionDomainId").asText() + "']}")
                .json()
                .get(0);
        assertThat(domain.get("name").asText()).isEqualTo("domain-ec");
        assertThat(domain.get("genType").asText()).isEqualTo("EC");
        assertThat(client.post(
                                "/api/types/Volume/instances",
                                "{'storagePoolId':'" + system.poolId("next") + "','volumeSizeInGb':'8'}")
                        .code())
                .isEqualTo(288);
        assertThat(client.act(client.create("one"), "migrateVTree", "{'destSPId':'" + system.poolId("next") + "'}")
                        .code())
                .isEqualTo(288);
        system.codeErasure("domain1");
        assertThat(client.get("/api/types/ProtectionDomain/instances").json())
                .allMatch(each -> each.get("genType").asText().equals("EC"));
        assertThatThrownBy(() -> PowerFlexSimulator.start(settings(SystemSettings.named("array")
                                .pool(PoolSettings.named("pool1").in("one"))
                                .pool(PoolSettings.named("next").in("one").erasureCoding())))
                        .close())
                .hasMessageContaining("the protection domain one is mirrored");
    }
}
