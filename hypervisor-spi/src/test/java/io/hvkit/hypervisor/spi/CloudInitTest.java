package io.hvkit.hypervisor.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a guest's cloud-init is told. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CloudInitTest {

    private static final CloudInit ONE = CloudInit.of("i-1");
    private static final MacAddress CARD = new MacAddress("52:54:00:00:00:01");

    @Test
    void the_files_are_what_cloud_init_reads() {
        CloudInit all = ONE.hostName("web-1.example.org")
                .userData("#cloud-config\n{}\n")
                .network(NetworkConfig.of(NicConfig.of(CARD)
                        .dhcp6()
                        .dhcp4()
                        .address("192.0.2.5/24")
                        .route("0.0.0.0/0", "192.0.2.1")
                        .nameServer("2001:db8::53")));

        assertThat(text(all, "meta-data"))
                .isEqualTo("{\"instance-id\": \"i-1\",\n \"local-hostname\": \"web-1.example.org\"}\n");
        assertThat(text(all, "user-data")).isEqualTo("#cloud-config\n{}\n");
        assertThat(text(all, "network-config"))
                .isEqualTo("{\"version\": 2, \"ethernets\": {\n  \"nic0\": {\"match\": {\"macaddress\":"
                        + " \"52:54:00:00:00:01\"}, \"dhcp4\": true, \"dhcp6\": true, \"addresses\": [\"192.0.2.5/24\"],"
                        + " \"routes\": [{\"to\": \"0.0.0.0/0\", \"via\": \"192.0.2.1\"}], \"nameservers\":"
                        + " {\"addresses\": [\"2001:db8::53\"]}}}}\n");
        assertThat(ONE.files()).containsOnlyKeys("meta-data", "user-data");
    }

    @Test
    void an_instance_id_cannot_break_out_of_its_place() {
        assertThat(text(CloudInit.of("\",\"x\":\"\\"), "meta-data"))
                .isEqualTo("{\"instance-id\": \"\\\",\\\"x\\\":\\\"\\\\\"}\n");
    }

    @Test
    void user_data_is_compared_and_never_shown() {
        CloudInit secret = ONE.userData("password: tomato");

        assertThat(secret).isEqualTo(ONE.userData("password: tomato")).isNotEqualTo(ONE.userData("password: potato"));
        assertThat(MachineSpec.named("m").cloudInit(secret))
                .isNotEqualTo(MachineSpec.named("m").cloudInit(ONE));
        assertThat(MachineSpec.named("m").cloudInit(secret).toString())
                .contains("i-1", "16 bytes, withheld")
                .doesNotContain("tomato");
    }

    @Test
    void bytes_that_are_lent_and_returned_are_the_callers_to_change() {
        byte[] mine = "abc".getBytes(StandardCharsets.UTF_8);
        CloudInit kept = ONE.userData(mine);
        mine[0] = 'x';
        kept.files().values().forEach(bytes -> bytes[0] = 'y');

        assertThat(text(kept, "user-data")).isEqualTo("abc");
    }

    @Test
    void user_data_has_a_limit() {
        assertThat(ONE.userData(new byte[CloudInit.LARGEST]).files().get("user-data"))
                .hasSize(CloudInit.LARGEST);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ONE.userData(new byte[CloudInit.LARGEST + 1]))
                .withMessageContaining("524288");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a\nb", "ü"})
    void what_is_no_instance_id_is_refused(String id) {
        assertThatIllegalArgumentException().isThrownBy(() -> CloudInit.of(id));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-a", "a-", "a..b", ".a", "a_b", "a\nb", "a.b."})
    void what_is_no_host_name_is_refused(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> ONE.hostName(name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "192.0.2.5",
                "192.0.2.5/33",
                "192.0.2.256/24",
                "2001:db8::g/64",
                "::1/129",
                "host/24",
                "fe80::1%lo/64"
            })
    void what_is_no_network_is_refused_and_no_name_server_asked(String cidr) {
        assertThatIllegalArgumentException().isThrownBy(() -> NicConfig.of(CARD).address(cidr));
    }

    @Test
    void a_card_is_set_up_once() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        NetworkConfig.of(NicConfig.of(CARD), NicConfig.of(CARD).dhcp4()));
    }

    private static String text(CloudInit content, String file) {
        byte[] bytes = content.files().get(file);
        return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
    }
}
