package io.hvkit.powerflex.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MappingsIT extends GatewayCase {

    private String on(String host) {
        return "'sdcId':'" + sdc(host) + "'";
    }

    @ParameterizedTest
    @CsvSource({"3.5, 81, 84", "3.6, 81, 84", "4.0, 4037, 4039", "4.6, 4037, 4039"})
    void mapping_twice_and_unmapping_twice_have_the_codes_of_the_version(String version, int already, int not) {
        play(GatewayVersion.parse(version));
        String id = client.create("one");
        assertThat(client.act(id, "removeMappedSdc", "{" + on("host1") + "}").code())
                .isEqualTo(not);
        assertThat(client.act(id, "addMappedSdc", "{" + on("host1") + "}").text())
                .isEqualTo("{}");
        assertThat(client.act(id, "addMappedSdc", "{" + on("host1") + "}").code())
                .isEqualTo(already);
        assertThat(client.act(id, "removeMappedSdc", "{" + on("host1") + "}").text())
                .isEqualTo("{}");
        Client.Reply reply = client.act(id, "removeMappedSdc", "{" + on("host1") + "}");
        assertThat(reply.code()).isEqualTo(not);
        assertThat(reply.message()).isEqualTo("The volume is not mapped to SDC");
        assertThat(client.act(id, "setMappedSdcLimits", "{" + on("host1") + ",'iopsLimit':'20'}")
                        .code())
                .isEqualTo(not);
        assertThat(client.act(id, "addMappedHost", "{'hostId':'" + sdc("host1") + "'}")
                        .status())
                .isEqualTo(GatewayVersion.parse(version).isFour() ? 200 : 404);
    }

    @Test
    void a_second_host_needs_the_flag_in_any_spelling() {
        String id = client.create("one");
        client.act(id, "addMappedSdc", "{" + on("host1") + "}");
        assertThat(client.act(id, "addMappedSdc", "{" + on("host2") + "}").code())
                .isEqualTo(297);
        for (String flag : new String[] {"'TRUE'", "'True'", "'true'", "true"}) {
            assertThat(client.act(id, "addMappedSdc", "{" + on("host2") + ",'allowMultipleMappings':" + flag + "}")
                            .text())
                    .isEqualTo("{}");
            assertThat(client.volume(id).get("mappedSdcInfo")).hasSize(2);
            client.act(id, "removeMappedSdc", "{" + on("host2") + ",'skipApplianceValidation':'TRUE'}");
        }
    }

    @Test
    void a_host_is_named_by_its_guid_in_any_case_or_its_id() {
        String id = client.create("one");
        String guid = simulator.host("host2").guid().toLowerCase(java.util.Locale.ROOT);
        client.act(id, "addMappedSdc", "{'guid':'" + guid + "','accessMode':'ReadOnly','allowOnExtManagedVol':true}");
        JsonNode mapping = client.volume(id).get("mappedSdcInfo").get(0);
        assertThat(mapping.get("sdcId").asText()).isEqualTo(sdc("host2"));
        assertThat(mapping.get("sdcIp").asText()).isEqualTo("192.168.10.12");
        assertThat(mapping.get("accessMode").asText()).isEqualTo("ReadOnly");
        assertThat(client.get("/api/instances/Sdc::" + sdc("host2") + "/relationships/Volume")
                        .json())
                .hasSize(1);
        assertThat(client.act(id, "addMappedSdc", "{}").message())
                .isEqualTo("Request message is not valid: One of the parameter(s) must be part of the request body:"
                        + " sdcId, guid");
        assertThat(client.act(id, "addMappedSdc", "{'sdcId':'1'}").code()).isEqualTo(80);
        assertThat(client.act(id, "addMappedSdc", "{" + on("host1") + ",'accessMode':'Foo'}")
                        .message())
                .isEqualTo("accessMode should get one of the following values: ReadWrite, ReadOnly, NoAccess, but its"
                        + " value is Foo");
    }

    @Test
    void all_hosts_are_unmapped_by_an_empty_string_but_not_by_nothing() {
        String id = client.create("one");
        client.act(id, "addMappedSdc", "{" + on("host1") + "}");
        client.act(id, "addMappedSdc", "{" + on("host2") + ",'allowMultipleMappings':'TRUE'}");
        assertThat(client.act(id, "removeMappedSdc", "{}").status()).isEqualTo(400);
        assertThat(client.act(id, "removeMappedSdc", "{'allSdcs':''}").text()).isEqualTo("{}");
        assertThat(client.volume(id).get("mappedSdcInfo").isNull()).isTrue();
    }

    @Test
    void limits_are_merged_and_vanish_with_the_mapping() {
        String id = client.create("one");
        client.act(id, "addMappedSdc", "{" + on("host1") + "}");
        limit(id, "'iopsLimit':'100'");
        limit(id, "'bandwidthLimitInKbps':'2048'");
        assertThat(limits(id)).isEqualTo("100/2");
        limit(id, "'iopsLimit':'0'");
        assertThat(limits(id)).isEqualTo("0/2");
        limit(id, "'iopsLimit':11,'bandwidthLimitInKbps':1024");
        assertThat(limits(id)).isEqualTo("11/1");
        for (String wrong : new String[] {"'iopsLimit':'10'", "'bandwidthLimitInKbps':'1000'", "'iopsLimit':'-1'"}) {
            assertThat(client.act(id, "setMappedSdcLimits", "{" + on("host1") + "," + wrong + "}")
                            .status())
                    .as(wrong)
                    .isEqualTo(500);
        }
        assertThat(limits(id)).isEqualTo("11/1");
        client.act(id, "removeMappedSdc", "{" + on("host1") + "}");
        client.act(id, "addMappedSdc", "{" + on("host1") + "}");
        assertThat(limits(id)).isEqualTo("0/0");
        limit(id, "'iopsLimit':'0','bandwidthLimitInKbps':'0'");
    }

    private void limit(String id, String limits) {
        assertThat(client.act(id, "setMappedSdcLimits", "{" + on("host1") + "," + limits + "}")
                        .text())
                .isEqualTo("{}");
    }

    private String limits(String id) {
        JsonNode mapping = client.volume(id).get("mappedSdcInfo").get(0);
        return mapping.get("limitIops") + "/" + mapping.get("limitBwInMbps");
    }
}
