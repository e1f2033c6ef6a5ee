package io.hvkit.powerflex.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SnapshotsIT extends GatewayCase {

    private static final String TAKE = "/api/instances/System/action/snapshotVolumes";

    private Client.Reply take(String... definitions) {
        return client.post(TAKE, "{'snapshotDefs':[" + String.join(",", definitions) + "]}");
    }

    private static String of(String volume, String name) {
        return "{'volumeId':'" + volume + "','snapshotName':'" + name + "'}";
    }

    private String taken(String volume, String name) {
        return take(of(volume, name)).json().get("volumeIdList").get(0).asText();
    }

    private static void write(Path file, String text) throws Exception {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 1 << 20);
        }
    }

    private static String read(Path file) throws Exception {
        ByteBuffer bytes = ByteBuffer.allocate(5);
        try (FileChannel channel = FileChannel.open(file)) {
            channel.read(bytes, 1 << 20);
        }
        return new String(bytes.array(), StandardCharsets.UTF_8);
    }

    @Test
    void a_snapshot_is_a_volume_of_the_same_tree_with_the_content_of_its_moment() throws Exception {
        String base = client.create("base");
        write(system.contentOf(base), "first");
        Client.Reply reply = take(of(base, "snap"));
        String id = reply.json().get("volumeIdList").get(0).asText();
        JsonNode snapshot = client.volume(id);
        assertThat(snapshot.get("volumeType").asText()).isEqualTo("Snapshot");
        assertThat(snapshot.get("ancestorVolumeId").asText()).isEqualTo(base);
        assertThat(snapshot.get("vtreeId")).isEqualTo(client.volume(base).get("vtreeId"));
        assertThat(snapshot.get("consistencyGroupId").asText()).isEqualTo(reply.field("snapshotGroupId"));
        assertThat(snapshot.get("links").toString()).contains("/api/parent/relationship/ancestorVolumeId");
        write(system.contentOf(base), "other");
        assertThat(read(system.contentOf(id))).isEqualTo("first");
        assertThat(client.get("/api/types/Volume/instances").json()).hasSize(2);
        assertThat(client.act(id, "setVolumeSize", "{'sizeInGB':'16'}").text()).isEqualTo("{}");
        assertThat(client.volume(base).get("sizeInKb").asLong()).isEqualTo(8L << 20);
    }

    @Test
    void reverting_brings_the_content_back_and_keeps_all_else() throws Exception {
        String base = client.create("base");
        write(system.contentOf(base), "first");
        String snapshot = taken(base, "snap");
        write(system.contentOf(base), "other");
        try (FileChannel open = FileChannel.open(system.contentOf(base))) {
            assertThat(client.act(base, "overwriteVolumeContent", "{'srcVolumeId':'" + snapshot + "'}")
                            .text())
                    .isEqualTo("{}");
            ByteBuffer bytes = ByteBuffer.allocate(5);
            open.read(bytes, 1 << 20);
            assertThat(new String(bytes.array(), StandardCharsets.UTF_8)).isEqualTo("first");
        }
        assertThat(system.contentOf(base)).hasSize(8L << 30);
        assertThat(client.volume(base).get("name").asText()).isEqualTo("base");
        String stranger = client.create("stranger");
        assertThat(client.act(base, "overwriteVolumeContent", "{'srcVolumeId':'" + stranger + "'}")
                        .code())
                .isEqualTo(198);
        assertThat(client.act(base, "overwriteVolumeContent", "{'srcVolumeId':'" + base + "'}")
                        .code())
                .isEqualTo(330);
    }

    @Test
    void version_four_refuses_a_field_that_version_three_takes() {
        for (String version : List.of("3.6", "4.5")) {
            play(GatewayVersion.parse(version));
            String base = client.create("base");
            String body = "{'srcVolumeId':'" + taken(base, "snap") + "','allowOnExtManagedVol':'TRUE'}";
            assertThat(client.act(base, "overwriteVolumeContent", body).status())
                    .isEqualTo(version.equals("3.6") ? 200 : 400);
        }
    }

    @Test
    void a_group_is_taken_whole_or_not_at_all_and_four_gives_the_ids_in_another_order() {
        String a = client.create("a");
        String b = client.create("b");
        Client.Reply reply = take(of(a, "a-1"), of(b, "b-1"));
        List<String> sources = new ArrayList<>();
        for (JsonNode id : reply.json().get("volumeIdList")) {
            sources.add(client.volume(id.asText()).get("ancestorVolumeId").asText());
        }
        assertThat(sources).containsExactly(b, a);
        assertThat(take(of(a, "a-2"), of(b, "a-1")).code()).isEqualTo(99);
        assertThat(take(of(a, "same"), of(b, "same")).code()).isEqualTo(99);
        assertThat(take(of(a, "a-2"), of("1", "c")).code()).isEqualTo(79);
        assertThat(take(of(a, "a-2"), of(b, "x".repeat(32))).code()).isEqualTo(226);
        assertThat(client.get("/api/types/Volume/instances").json()).hasSize(4);
        Client.Reply dropped = client.post(
                "/api/instances/System::" + system.id() + "/action/removeConsistencyGroupSnapshots",
                "{'snapGroupId':'" + reply.field("snapshotGroupId") + "'}");
        assertThat(dropped.text()).isEqualTo("{\"numberOfVolumes\":2}");
        assertThat(client.get("/api/types/Volume/instances").json()).hasSize(2);
        assertThat(client.post(
                                "/api/instances/System::" + system.id() + "/action/removeConsistencyGroupSnapshots",
                                "{'snapGroupId':'1'}")
                        .code())
                .isEqualTo(185);
        assertThat(client.post("/api/instances/System::1/action/snapshotVolumes", "{}")
                        .code())
                .isEqualTo(201);
    }

    @Test
    void version_three_keeps_the_order_and_snapshots_need_no_name() {
        play(GatewayVersion.V3_6);
        String a = client.create("a");
        String b = client.create("b");
        JsonNode ids = take("{'volumeId':'" + a + "'}", "{'volumeId':'" + b + "'}")
                .json()
                .get("volumeIdList");
        assertThat(client.volume(ids.get(0).asText()).get("ancestorVolumeId").asText())
                .isEqualTo(a);
        assertThat(client.volume(ids.get(1).asText()).get("ancestorVolumeId").asText())
                .isEqualTo(b);
        assertThat(take().status()).isEqualTo(400);
    }

    @Test
    void a_tree_has_126_snapshots_at_most_also_of_snapshots() {
        String base = client.create("base");
        String first = taken(base, "first");
        String[] half = new String[63];
        for (int i = 0; i < half.length; i++) {
            half[i] = of(i % 2 == 0 ? base : first, "s" + i);
        }
        assertThat(take(half).status()).isEqualTo(200);
        String[] more = new String[63];
        for (int i = 0; i < more.length; i++) {
            more[i] = of(base, "t" + i);
        }
        Client.Reply tooMany = take(more);
        assertThat(tooMany.status()).isEqualTo(500);
        assertThat(tooMany.message()).isEqualTo("Error with details");
        assertThat(tooMany.json().get("details").get(0).get("rc").asInt()).isEqualTo(182);
        assertThat(tooMany.json().get("details").get(0).get("error").asText()).isEqualTo("TOO_MANY_SNAPS_IN_VTREE");
        String[] fitting = java.util.Arrays.copyOf(more, 62);
        assertThat(take(fitting).status()).isEqualTo(200);
        assertThat(take(of(first, "last"))
                        .json()
                        .get("details")
                        .get(0)
                        .get("rc")
                        .asInt())
                .isEqualTo(182);
    }

    @Test
    void removing_one_leaves_its_children_to_its_ancestor() {
        String base = client.create("base");
        String middle = taken(base, "middle");
        String leaf = taken(middle, "leaf");
        assertThat(client.act(middle, "removeVolume", "{'removeMode':'ONLY_ME'}")
                        .text())
                .isEqualTo("{}");
        assertThat(client.volume(leaf).get("ancestorVolumeId").asText()).isEqualTo(base);
        assertThat(client.act(base, "removeVolume", "{'removeMode':'ONLY_ME'}").text())
                .isEqualTo("{}");
        pass(Duration.ofSeconds(1));
        assertThat(client.volume(leaf).get("ancestorVolumeId").isNull()).isTrue();
        JsonNode tree = client.get("/api/types/VTree/instances").json().get(0);
        assertThat(tree.get("rootVolumes").get(0).asText()).isEqualTo(leaf);
        assertThat(tree.get("name").asText()).isEqualTo("base");
    }

    @Test
    void descendants_and_trees_go_together_unless_one_is_mapped_or_there_are_none() {
        String base = client.create("base");
        String middle = taken(base, "middle");
        String leaf = taken(middle, "leaf");
        client.act(leaf, "addMappedSdc", "{'sdcId':'" + sdc("host1") + "'}");
        assertThat(client.act(base, "removeVolume", "{'removeMode':'WHOLE_VTREE'}")
                        .code())
                .isEqualTo(104);
        client.act(leaf, "removeMappedSdc", "{'allSdcs':'True'}");
        assertThat(client.act(leaf, "removeVolume", "{'removeMode':'DESCENDANTS_ONLY'}")
                        .code())
                .isEqualTo(183);
        assertThat(client.act(middle, "removeVolume", "{'removeMode':'INCLUDING_DESCENDANTS'}")
                        .text())
                .isEqualTo("{}");
        assertThat(client.get("/api/types/Volume/instances").json()).hasSize(1);
        taken(base, "again");
        assertThat(client.act(base, "removeVolume", "{'removeMode':'DESCENDANTS_ONLY'}")
                        .text())
                .isEqualTo("{}");
        assertThat(client.act(base, "removeVolume", "{'removeMode':'WHOLE_VTREE'}")
                        .text())
                .isEqualTo("{}");
    }

    @Test
    void a_secure_snapshot_stays_until_its_time() {
        String base = client.create("base");
        Client.Reply reply = client.post(
                TAKE,
                "{'snapshotDefs':[" + of(base, "kept") + "],'retentionPeriodInMin':'60','accessModeLimit':'ReadOnly'}");
        String id = reply.json().get("volumeIdList").get(0).asText();
        assertThat(client.volume(id).get("accessModeLimit").asText()).isEqualTo("ReadOnly");
        assertThat(client.act(id, "removeVolume", "{'removeMode':'ONLY_ME'}").status())
                .isEqualTo(500);
        pass(Duration.ofMinutes(61));
        client = Client.loggedIn(simulator, system);
        assertThat(client.act(id, "removeVolume", "{'removeMode':'ONLY_ME'}").text())
                .isEqualTo("{}");
    }
}
