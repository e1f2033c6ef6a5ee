package io.hvkit.powerflex.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.hvkit.core.ByteSize;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("every-java")
class VolumesIT extends GatewayCase {

    private Client.Reply make(String fields) {
        return client.post(
                "/api/types/Volume/instances", "{'storagePoolId':'" + system.poolId("pool1") + "'," + fields + "}");
    }

    @ParameterizedTest
    @CsvSource({
        "'volumeSizeInKb':'8192',8",
        "'volumeSizeInGb':4,8",
        "'volumeSizeInGb':'8',8",
        "'volumeSizeInKb':8388609,16"
    })
    void sizes_are_rounded_up_to_eight_gibibytes_whether_they_are_strings_or_numbers(String size, long gigabytes) {
        Client.Reply reply = make(size.replace("''", "'"));
        assertThat(reply.json()).hasSize(1);
        JsonNode volume = client.volume(reply.field("id"));
        assertThat(volume.get("sizeInKb").asLong()).isEqualTo(gigabytes << 20);
        assertThat(volume.get("volumeType").asText()).isEqualTo("ThickProvisioned");
        assertThat(system.contentOf(reply.field("id"))).hasSize(gigabytes << 30);
    }

    @Test
    void what_a_request_lacks_or_misspells_is_400_with_its_name() {
        assertThat(client.post("/api/types/Volume/instances", "{'volumeSizeInGb':'8'}")
                        .text())
                .isEqualTo("{\"message\":\"Request message is not valid: The following parameter(s) must be part of the"
                        + " request body: storagePoolId.\",\"httpStatusCode\":400,\"errorCode\":0}");
        assertThat(make("'name':'x'").message())
                .isEqualTo("Request message is not valid: One of the parameter(s) must be part of the request body:"
                        + " volumeSizeInKb, volumeSizeInGb");
        assertThat(make("'volumeSizeInGb':'8','volumeType':'Foo'").message())
                .isEqualTo("volumeType should get one of the following values: ThickProvisioned, ThinProvisioned, but"
                        + " its value is Foo");
        assertThat(client.post("/api/types/Volume/instances", "no json").status())
                .isEqualTo(400);
        assertThat(make("'volumeSizeInGb':'0'").status()).isGreaterThanOrEqualTo(400);
        assertThat(make("'volumeSizeInGb':'1048577'").code()).isEqualTo(190);
        assertThat(make("'volumeSizeInGb':'9223372036854775807'").code()).isEqualTo(190);
        assertThat(client.get("/api/types/Volume/instances").text()).isEqualTo("[]");
    }

    @Test
    void what_is_not_known_is_not_looked_at() {
        assertThat(make("'volumeSizeInGb':'8','volumeClass':'defaultclass','compressionMethod':'None'")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void names_have_thirty_one_characters_and_are_taken_once() {
        String longest = "a".repeat(31);
        assertThat(make("'volumeSizeInGb':'8','name':'" + longest + "'").status())
                .isEqualTo(200);
        Client.Reply tooLong = make("'volumeSizeInGb':'8','name':'" + longest + "a'");
        assertThat(tooLong.code()).isEqualTo(226);
        assertThat(tooLong.message()).isEqualTo("The given name exceeds the allowed length of 31 characters.");
        Client.Reply taken = make("'volumeSizeInGb':'8','name':'" + longest + "'");
        assertThat(taken.status()).isEqualTo(500);
        assertThat(taken.code()).isEqualTo(99);
        assertThat(taken.message()).isEqualTo("Volume name already in use. Please use a different name.");
        assertThat(make("'volumeSizeInGb':'8','name':'a b'").code()).isEqualTo(227);
    }

    @Test
    void a_volume_is_renamed_under_the_same_rules() {
        String id = client.create("one");
        client.create("two");
        assertThat(client.act(id, "setVolumeName", "{'newName':'two'}").code()).isEqualTo(99);
        assertThat(client.act(id, "setVolumeName", "{'newName':'" + "b".repeat(32) + "'}")
                        .code())
                .isEqualTo(226);
        assertThat(client.act(id, "setVolumeName", "{'newName':'one'}").text()).isEqualTo("{}");
        assertThat(client.act(id, "setVolumeName", "{'newName':'three'}").text())
                .isEqualTo("{}");
        assertThat(client.volume(id).get("name").asText()).isEqualTo("three");
    }

    @Test
    void a_volume_grows_in_steps_of_eight_and_never_shrinks() {
        String id = client.create("one");
        for (String size : new String[] {"10", "6", "0", "-8", "x"}) {
            Client.Reply reply = client.act(id, "setVolumeSize", "{'sizeInGB':'" + size + "'}");
            assertThat(reply.status()).as(size).isEqualTo(400);
            assertThat(reply.code()).isZero();
        }
        assertThat(client.act(id, "setVolumeSize", "{'sizeInGB':'24'}").text()).isEqualTo("{}");
        assertThat(client.volume(id).get("sizeInKb").asLong()).isEqualTo(24L << 20);
        assertThat(system.contentOf(id)).hasSize(24L << 30);
        Client.Reply smaller = client.act(id, "setVolumeSize", "{'sizeInGB':'16'}");
        assertThat(smaller.code()).isEqualTo(133);
        assertThat(smaller.message()).isEqualTo("Volume capacity can only be increased");
    }

    @Test
    void removal_answers_at_once_and_ends_later() {
        String id = client.create("one");
        assertThat(client.act(id, "removeVolume", "{'removeMode':'ONLY_ME'}").text())
                .isEqualTo("{}");
        Client.Reply meanwhile = client.get("/api/instances/Volume::" + id);
        assertThat(meanwhile.status()).isEqualTo(500);
        assertThat(meanwhile.code()).isEqualTo(212);
        assertThat(meanwhile.message()).isEqualTo("A volume removal operation is currently in progress. ");
        assertThat(client.act(id, "removeVolume", "{'removeMode':'ONLY_ME'}").code())
                .isEqualTo(212);
        assertThat(client.get("/api/types/Volume/instances").text()).isEqualTo("[]");
        assertThat(client.get("/api/instances/StoragePool::" + system.poolId("pool1") + "/relationships/Statistics")
                        .json()
                        .get("numOfVolumesInDeletion")
                        .asInt())
                .isEqualTo(1);
        pass(Duration.ofMillis(50));
        assertThat(client.get("/api/instances/Volume::" + id).code()).isEqualTo(79);
        assertThat(client.act(id, "removeVolume", "{'removeMode':'ONLY_ME'}").code())
                .isEqualTo(79);
        assertThat(system.contentOf(id)).doesNotExist();
        assertThat(client.get("/api/types/VTree/instances").text()).isEqualTo("[]");
    }

    @Test
    void a_mapped_volume_is_not_removed() {
        String id = client.create("one");
        client.act(id, "addMappedSdc", "{'sdcId':'" + sdc("host1") + "'}");
        Client.Reply reply = client.act(id, "removeVolume", "{'removeMode':'ONLY_ME'}");
        assertThat(reply.code()).isEqualTo(104);
        assertThat(reply.message()).isEqualTo("Volume is mapped");
        assertThat(client.volume(id).get("id").asText()).isEqualTo(id);
        assertThat(client.act(id, "removeVolume", "{'removeMode':'FOO'}").status())
                .isEqualTo(400);
        assertThat(client.act(id, "removeVolume", "{}").status()).isEqualTo(400);
    }

    @Test
    void a_full_pool_takes_no_volume_no_growth_and_no_snapshot_until_it_is_drained() {
        String id = client.create("one");
        system.fill("pool1");
        assertThat(make("'volumeSizeInGb':'8','volumeType':'ThinProvisioned'").code())
                .isEqualTo(337);
        assertThat(make("'volumeSizeInGb':'8'").code()).isEqualTo(300);
        assertThat(client.act(id, "setVolumeSize", "{'sizeInGB':'16'}").code()).isEqualTo(337);
        assertThat(client.post(
                                "/api/instances/System/action/snapshotVolumes",
                                "{'snapshotDefs':[{'volumeId':'" + id + "'}]}")
                        .code())
                .isEqualTo(191);
        assertThat(client.get("/api/types/Volume/instances").json()).hasSize(1);
        system.drain("pool1");
        assertThat(client.act(id, "setVolumeSize", "{'sizeInGB':'16'}").text()).isEqualTo("{}");
    }

    @Test
    void thick_volumes_take_their_room_at_once_and_thin_ones_are_promised_five_times_of_it() {
        simulator.close();
        simulator = PowerFlexSimulator.start(settings(
                SystemSettings.named("small").pool(PoolSettings.named("pool1").usable(ByteSize.gibibytes(16)))));
        system = simulator.system();
        client = Client.loggedIn(simulator, system);
        assertThat(make("'volumeSizeInGb':'24'").code()).isEqualTo(300);
        assertThat(make("'volumeSizeInGb':'16'").status()).isEqualTo(200);
        assertThat(make("'volumeSizeInGb':'72','volumeType':'ThinProvisioned'").code())
                .isEqualTo(300);
        assertThat(make("'volumeSizeInGb':'64','volumeType':'ThinProvisioned'").status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"setVolumeName", "addMappedSdc", "removeMappedSdc", "overwriteVolumeContent", "migrateVTree"})
    void actions_on_what_is_gone_say_so(String action) {
        Client.Reply reply = client.act("1", action, "{'newName':'x'}");
        assertThat(reply.status()).isEqualTo(500);
        assertThat(reply.code()).isEqualTo(79);
    }

    @Test
    void smaller_properties_are_set() {
        String id = client.create("one");
        client.act(id, "setVolumeAccessModeLimit", "{'accessModeLimit':'ReadOnly'}");
        client.act(id, "setVolumeUseRmcache", "{'useRmcache':'TRUE'}");
        assertThat(client.volume(id).get("accessModeLimit").asText()).isEqualTo("ReadOnly");
        assertThat(client.volume(id).get("useRmcache").asBoolean()).isTrue();
        assertThat(client.act(id, "lockAutoSnapshot", "{}").message())
                .isEqualTo("The specified volume is not an auto-snapshot and hence cannot be locked");
    }
}
