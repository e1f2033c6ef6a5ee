package io.hvkit.powerflex.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hvkit.powerflex.simulator.SimulatorSettings.Devices;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The connector of OpenStack, as distributions ship it, is pointed at the simulator. */
class OsBrickIT {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String NAME = "YWJj/+8ZTgKJ7fQ0b2NrZXI="; // all of base 64 that a path must encode

    @TempDir
    Path folder;

    /** Since 4.0 mapping twice has another code, which this release of the connector does not know: as on an array. */
    @ParameterizedTest
    @CsvSource({"3.6, true", "4.5, false"})
    void it_attaches_writes_to_and_lets_go_of_a_volume_and_does_not_know_that_this_is_no_array(
            String version, boolean repeat) throws Exception {
        SystemSettings settings = SystemSettings.named("array").version(GatewayVersion.parse(version));
        try (PowerFlexSimulator simulator = PowerFlexSimulator.start(
                SimulatorSettings.usual().system(settings).devices(Devices.LOOP_DEVICES))) {
            SimulatedSystem system = simulator.system();
            Client client = Client.loggedIn(simulator, system);
            String id = client.create(NAME);
            Path release = folder.resolve("release");
            Programs.run("mkfifo", release.toString());
            Process process = connector(given(simulator, release).put("id", id).put("repeat", repeat));
            String said = process.inputReader().readLine();
            assertThat(said).as(Files.readString(folder.resolve("errors"))).isNotNull();
            JsonNode found = MAPPER.readTree(said);
            Path link = simulator.host("host1").deviceFolder().resolve("emc-vol-" + system.id() + "-" + id);
            assertThat(found.get("path").asText()).isEqualTo(link.toString());
            assertThat(found.get("size").asLong()).isEqualTo(8L << 30);
            Programs.run("qemu-io", "-f", "raw", "-c", "write -P 5 1G 64k", link.toString());
            JsonNode mapping = client.volume(id).get("mappedSdcInfo");
            assertThat(mapping).hasSize(1);
            assertThat(mapping.get(0).get("limitIops").asInt()).isEqualTo(100);
            assertThat(mapping.get(0).get("limitBwInMbps").asInt()).isEqualTo(2);
            Files.writeString(release, "go");
            assertThat(process.waitFor())
                    .as(Files.readString(folder.resolve("errors")))
                    .isZero();
            assertThat(client.volume(id).get("mappedSdcInfo").isNull()).isTrue();
            Programs.await("the device is gone", () -> !Programs.isLink(link));
        }
    }

    private static ObjectNode given(PowerFlexSimulator simulator, Path release) {
        SimulatedSystem system = simulator.system();
        SimulatedHost host = simulator.host("host1");
        return MAPPER.createObjectNode()
                .put("port", system.uri().getPort())
                .put("user", system.user())
                .put("password", system.password())
                .put("certificate", simulator.certificate().orElseThrow().toString())
                .put("ip", host.ip())
                .put("drv_cfg", host.drvCfg().toString())
                .put("devices", host.deviceFolder().toString())
                .put("name", NAME)
                .put("release", release.toString());
    }

    private Process connector(ObjectNode given) throws Exception {
        Path script = folder.resolve("client.py");
        try (InputStream text = OsBrickIT.class.getResourceAsStream("os_brick_client.py")) {
            Files.copy(Objects.requireNonNull(text), script);
        }
        Process process = new ProcessBuilder(List.of("/usr/bin/python3", "-W", "ignore", script.toString()))
                .redirectError(folder.resolve("errors").toFile())
                .start();
        try (var in = process.outputWriter()) {
            in.write(given.toString());
        }
        return process;
    }
}
