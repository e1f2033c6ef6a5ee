package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class QemuImageOptionsTest {

    @Test
    void text_doubles_commas_and_nothing_else() {
        QemuImageOptions options = QemuImageOptions.driver("qcow2")
                .on("read-only")
                .with("encrypt.format", "luks")
                .with("encrypt.key-secret", "key0")
                .with("cache-size", 1024)
                .over(QemuImageOptions.file(Path.of("/pool/a,b=c")).off("locking"));

        assertThat(options.toOptionText())
                .isEqualTo("driver=qcow2,read-only=on,encrypt.format=luks,encrypt.key-secret=key0,cache-size=1024,"
                        + "file.driver=file,file.filename=/pool/a,,b=c,file.locking=off");
        assertThat(options.toJson())
                .isEqualTo("json:{\"driver\":\"qcow2\",\"read-only\":true,\"encrypt\":{\"format\":\"luks\","
                        + "\"key-secret\":\"key0\"},\"cache-size\":1024,"
                        + "\"file\":{\"driver\":\"file\",\"filename\":\"/pool/a,b=c\",\"locking\":false}}");
    }

    @Test
    void any_value_survives_both_ways_of_writing_it() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < Campaign.rounds(2_000); round++) {
            String value = WeirdNames.random(random) + (char) (random.nextInt(0xD000) + 1);
            QemuImageOptions options = QemuImageOptions.driver("luks")
                    .with("label", value)
                    .over(QemuImageOptions.driver("file").with("filename", value));

            assertThat(parsed(options.toOptionText()))
                    .as("seed %s, round %s", seed, round)
                    .containsExactly(
                            Map.entry("driver", "luks"),
                            Map.entry("label", value),
                            Map.entry("file.driver", "file"),
                            Map.entry("file.filename", value));
            assertThat(options.toJson()).as("seed %s, round %s", seed, round).matches("json:\\{[ -\\x7f]*}");
            JsonNode json = new JsonMapper().readTree(options.toJson().substring("json:".length()));
            assertThat(json.at("/file/filename").asText())
                    .as("seed %s, round %s", seed, round)
                    .isEqualTo(value);
        }
    }

    @Test
    void any_tree_says_the_same_in_all_ways_of_writing_it() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < Campaign.rounds(500); round++) {
            QemuImageOptions options = tree(random, 3);

            Map<String, String> text = parsed(options.toOptionText());

            Map<String, String> json = new LinkedHashMap<>();
            flatten("", new JsonMapper().readTree(options.toJson().substring("json:".length())), json);
            Map<String, String> blockdev = new LinkedHashMap<>();
            flatten("", new JsonMapper().readTree(options.toBlockdevJson("top")), blockdev);
            assertThat(json).as("seed %s, round %s", seed, round).containsExactlyEntriesOf(text);
            assertThat(blockdev.remove("node-name")).isEqualTo("top");
            assertThat(blockdev).as("seed %s, round %s", seed, round).containsExactlyEntriesOf(text);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "a.", ".a", "a..b", "a,b", "a=b", "a b", "-a", "ä"})
    void names_that_are_syntax_are_refused(String name) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> QemuImageOptions.driver("raw").with(name, "x"))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST));
    }

    @Test
    void a_name_is_a_value_or_a_node_and_never_both() {
        QemuImageOptions options = QemuImageOptions.driver("raw").with("file.filename", "/a");

        assertThatExceptionOfType(DriverException.class).isThrownBy(() -> options.with("file", "/a"));
        assertThatExceptionOfType(DriverException.class).isThrownBy(() -> options.with("driver.a", "b"));
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> options.over("driver", QemuImageOptions.driver("file")));
        assertThat(options.with("file.filename", "/b").toOptionText()).isEqualTo("driver=raw,file.filename=/b");
    }

    @Test
    void a_nul_character_is_refused() {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> QemuImageOptions.driver("raw").with("a", "b\0c"));
    }

    @Test
    void objects_are_written_with_the_same_care() {
        assertThat(QemuObject.secretIn("k", Path.of("/dev/shm/a,b")).toOptionText())
                .isEqualTo("secret,id=k,format=raw,file=/dev/shm/a,,b");
        assertThat(QemuObject.secretOnStdin("k").toOptionText()).isEqualTo("secret,id=k,format=raw,file=/dev/stdin");
        assertThat(QemuObject.masterKeyOnStdin("m").toOptionText())
                .isEqualTo("secret,id=m,format=base64,file=/dev/stdin");
        assertThat(QemuObject.wrappedSecret("k", "m", new byte[16], new byte[] {1, 2, 3})
                        .toOptionText())
                .isEqualTo("secret,id=k,format=base64,keyid=m,iv=AAAAAAAAAAAAAAAAAAAAAA==,data=AQID");
    }

    @Test
    void numbers_as_names_make_a_list_as_they_do_for_qemu() {
        QemuImageOptions options = QemuImageOptions.rbd("p", "i")
                .with("server.0.host", "a")
                .with("server.0.port", "1")
                .with("server.1.host", "b");

        assertThat(options.toOptionText())
                .isEqualTo("driver=rbd,pool=p,image=i,server.0.host=a,server.0.port=1,server.1.host=b");
        assertThat(options.toBlockdevJson("n"))
                .isEqualTo(
                        "{\"driver\":\"rbd\",\"pool\":\"p\",\"image\":\"i\",\"server\":[{\"host\":\"a\",\"port\":\"1\"},"
                                + "{\"host\":\"b\"}],\"node-name\":\"n\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"server.2.host", "server.00.host", "server.host", "server.99999999999"})
    void lists_have_no_gaps_and_no_names(String name) {
        QemuImageOptions options = QemuImageOptions.rbd("p", "i").with("server.0.host", "a");

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> options.with(name, "b"))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST));
    }

    @Test
    void having_no_backing_file_is_said_in_each_way_of_writing_it() {
        QemuImageOptions options = QemuImageOptions.format(ImageFormat.QCOW2)
                .over("backing", QemuImageOptions.file(Path.of("/b")))
                .over(QemuImageOptions.file(Path.of("/a")))
                .overNothing();

        assertThat(options.toOptionText()).isEqualTo("driver=qcow2,file.driver=file,file.filename=/a,backing=");
        assertThat(options.toJson()).endsWith(",\"backing\":null}");
        assertThat(options.toBlockdevJson("n")).contains("\"backing\":null");
    }

    @Test
    void blockdev_arguments_have_types_and_a_name() {
        QemuImageOptions options = QemuImageOptions.part(
                        QemuImageOptions.blockDevice(Path.of("/dev/a")).on("read-only"),
                        ByteSize.mebibytes(1),
                        ByteSize.kibibytes(512))
                .with("label", "12");

        assertThat(options.toBlockdevJson("disk-1"))
                .isEqualTo(
                        "{\"driver\":\"raw\",\"offset\":1048576,\"size\":524288,\"file\":{\"driver\":\"host_device\","
                                + "\"filename\":\"/dev/a\",\"read-only\":true},\"label\":\"12\",\"node-name\":\"disk-1\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1a", "a,b", "a b", "#block1", "a23456789012345678901234567890123"})
    void names_of_nodes_that_qemu_refuses_are_refused(String name) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> QemuImageOptions.driver("raw").toBlockdevJson(name))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST));
    }

    @Test
    void a_path_that_may_be_a_device_is_looked_at_before_blockdev_is_told() throws Exception {
        QemuImageOptions options = Image.qcow2(Path.of("/none/a"))
                .over(Image.raw(Path.of("/none/b")))
                .options();

        assertThat(options.toOptionText())
                .isEqualTo("driver=qcow2,file.filename=/none/a,backing.driver=raw,backing.file.filename=/none/b");
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> options.toBlockdevJson("n"))
                .withMessageContaining("/none/a")
                .withMessageContaining("stating");
        assertThat(options.stating(HostFiles.local()).toOptionText())
                .isEqualTo("driver=qcow2,file.driver=file,file.filename=/none/a,backing.driver=raw,"
                        + "backing.file.driver=file,backing.file.filename=/none/b");
    }

    @Test
    void a_lent_key_is_written_nowhere_before_it_has_an_id() {
        try (Secret key = Disks.key("canary")) {
            QemuImageOptions options = QemuImageOptions.rbd("p", "i").with("key-secret", key);

            assertThat(options.secrets()).containsExactly(key);
            assertThat(options).hasToString("driver=rbd,pool=p,image=i,key-secret=Secret[redacted]");
            for (Runnable way :
                    List.<Runnable>of(options::toOptionText, options::toJson, () -> options.toBlockdevJson("n"))) {
                assertThatExceptionOfType(DriverException.class)
                        .isThrownBy(way::run)
                        .withMessageContaining("naming")
                        .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST));
            }
            assertThat(options.naming(k -> "k7").toOptionText()).isEqualTo("driver=rbd,pool=p,image=i,key-secret=k7");
        }
    }

    @Test
    void keys_that_qemu_cannot_read_are_refused_wherever_they_are_lent() {
        try (Secret key = Secret.copyOf(new byte[] {'a', 0})) {
            QemuObject tls = QemuObject.tlsClient("t", Path.of("/tls"));
            QemuImageOptions rbd = QemuImageOptions.rbd("p", "i");

            assertThatExceptionOfType(DriverException.class).isThrownBy(() -> rbd.with("key-secret", key));
            assertThatExceptionOfType(DriverException.class).isThrownBy(() -> tls.unlockedBy(key));
        }
    }

    @Test
    void certificates_are_objects_with_the_key_of_their_own_key_file() {
        try (Secret key = Disks.key("canary")) {
            QemuObject tls = QemuObject.tlsClient("t", Path.of("/tls,1"));

            assertThat(tls.toOptionText()).isEqualTo("tls-creds-x509,id=t,endpoint=client,dir=/tls,,1,verify-peer=on");
            assertThat(QemuObject.tlsServer("s", Path.of("/tls"))
                            .trustingAnybody()
                            .withPriority("NORMAL:-VERS-TLS1.2")
                            .toJson())
                    .isEqualTo("{\"qom-type\":\"tls-creds-x509\",\"id\":\"s\",\"endpoint\":\"server\",\"dir\":\"/tls\","
                            + "\"verify-peer\":false,\"priority\":\"NORMAL:-VERS-TLS1.2\"}");
            QemuImageOptions options = QemuImageOptions.nbd("h", 1, "").with("tls-creds", tls.unlockedBy(key));
            assertThat(options.secrets()).containsExactly(key);
            assertThat(options.naming(k -> "k7").objects())
                    .extracting(QemuObject::toOptionText)
                    .containsExactly(tls.toOptionText() + ",passwordid=k7");
            assertThat(options.naming(k -> "k7").toOptionText()).endsWith("export=,tls-creds=t");
        }
    }

    @Test
    void a_secret_has_no_certificates_and_standard_input_is_not_for_places() {
        QemuObject secret = QemuObject.secretOnStdin("k");

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(secret::trustingAnybody)
                .withMessageContaining("tlsClient");
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> QemuImageOptions.rbd("p", "i").with("key-secret", secret))
                .withMessageContaining("Secret");
        assertThatExceptionOfType(DriverException.class).isThrownBy(() -> QemuObject.secretOnStdin("7"));
        assertThatExceptionOfType(DriverException.class).isThrownBy(() -> QemuImageOptions.nbd("h", 65_536, ""));
    }

    private static QemuImageOptions tree(Random random, int depth) {
        QemuImageOptions options = QemuImageOptions.driver("d" + random.nextInt(9));
        for (int i = random.nextInt(4); i >= 0; i--) {
            options = switch (random.nextInt(depth == 0 ? 4 : 7)) {
                case 0 -> options.with("text" + i, WeirdNames.random(random));
                case 1 -> options.with("count" + i, random.nextLong());
                case 2 -> options.on("switch" + i);
                case 3 -> options.off("switch" + i);
                case 4 -> options.over("node" + i, tree(random, depth - 1));
                case 5 ->
                    options.over("list" + i + ".0", tree(random, depth - 1)).with("list" + i + ".1", "x");
                default -> options.with("far" + i + ".a.b-c", WeirdNames.random(random));
            };
        }
        return random.nextInt(8) == 0 ? options.overNothing() : options;
    }

    private static void flatten(String name, JsonNode node, Map<String, String> values) {
        String before = name.isEmpty() ? "" : name + ".";
        if (node.isObject()) {
            node.fieldNames().forEachRemaining(field -> flatten(before + field, node.path(field), values));
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                flatten(before + i, node.get(i), values);
            }
        } else if (node.isBoolean()) {
            values.put(name, node.asBoolean() ? "on" : "off");
        } else {
            values.put(name, node.isNull() ? "" : node.asText());
        }
    }

    /** Reads as qemu's own parser does: a comma ends a value, two commas are one. */
    private static Map<String, String> parsed(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        int at = 0;
        while (at < text.length()) {
            int equals = text.indexOf('=', at);
            StringBuilder value = new StringBuilder();
            int i = equals + 1;
            while (i < text.length()) {
                if (text.charAt(i) == ',') {
                    i++;
                    if (i >= text.length() || text.charAt(i) != ',') {
                        break;
                    }
                }
                value.append(text.charAt(i));
                i++;
            }
            values.put(text.substring(at, equals), value.toString());
            at = i;
        }
        return values;
    }
}
