package io.hvkit.powerflex.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.powerflex.simulator.SimulatorSettings.Devices;
import io.hvkit.powerflex.simulator.SimulatorSettings.Transport;
import io.hvkit.powerflex.simulator.control.SimulatorClock;
import io.hvkit.powerflex.simulator.control.Timing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DevicesIT {

    @TempDir
    Path folder;

    private static final Duration SHORTLY = Duration.ofMillis(100);

    private static SimulatorSettings settings() {
        return SimulatorSettings.usual().over(Transport.HTTP).time(SimulatorClock.stopped(), Timing.usual());
    }

    private static Path link(PowerFlexSimulator simulator, SimulatedSystem system, String host, String volume) {
        return simulator.host(host).deviceFolder().resolve("emc-vol-" + system.id() + "-" + volume);
    }

    private static void map(Client client, SimulatedSystem system, SimulatedHost host, String volume) {
        assertThat(client.act(
                                volume,
                                "addMappedSdc",
                                "{'sdcId':'" + system.sdcId(host) + "','allowMultipleMappings':'TRUE'}")
                        .text())
                .isEqualTo("{}");
    }

    @ParameterizedTest
    @EnumSource(Devices.class)
    void qemu_writes_and_reads_through_the_link_and_snapshots_keep_what_was_there(Devices kind) throws Exception {
        try (PowerFlexSimulator simulator = PowerFlexSimulator.start(settings().devices(kind))) {
            SimulatedSystem system = simulator.system();
            Client client = Client.loggedIn(simulator, system);
            String id = client.create("disk");
            map(client, system, simulator.host("host1"), id);
            Path link = link(simulator, system, "host1", id);
            assertThat(Programs.isLink(link)).as("not yet").isFalse();
            simulator.clock().advance(SHORTLY);
            String device = link.toString();
            Programs.run("qemu-io", "-f", "raw", "-c", "write -P 0xa5 1M 64k", "-c", "flush", device);
            String snapshot = client.post(
                            "/api/instances/System/action/snapshotVolumes",
                            "{'snapshotDefs':[{'volumeId':'" + id + "'}]}")
                    .json()
                    .get("volumeIdList")
                    .get(0)
                    .asText();
            Programs.run("qemu-io", "-f", "raw", "-c", "write -P 0x11 1M 64k", "-c", "flush", device);
            client.act(id, "setVolumeSize", "{'sizeInGB':'16'}");
            simulator.clock().advance(SHORTLY);
            assertThat(Programs.run("qemu-img", "info", "-f", "raw", "--output=json", device))
                    .contains("\"virtual-size\": " + (16L << 30));
            client.act(id, "overwriteVolumeContent", "{'srcVolumeId':'" + snapshot + "'}");
            assertThat(Programs.run("qemu-io", "-f", "raw", "-c", "read -P 0xa5 1M 64k", device))
                    .doesNotContain("verification failed");
            client.act(id, "removeMappedSdc", "{'allSdcs':''}");
            assertThat(Programs.isLink(link)).as("still").isTrue();
            simulator.clock().advance(SHORTLY);
            assertThat(Programs.isLink(link)).isFalse();
        }
    }

    @Test
    void two_systems_and_two_hosts_are_kept_apart() throws Exception {
        SimulatorSettings two = settings().system(SystemSettings.named("east")).system(SystemSettings.named("west"));
        try (PowerFlexSimulator simulator = PowerFlexSimulator.start(two)) {
            SimulatedSystem east = simulator.system("east");
            SimulatedSystem west = simulator.system("west");
            assertThat(east.id()).isNotEqualTo(west.id());
            Client here = Client.loggedIn(simulator, east);
            Client there = Client.loggedIn(simulator, west);
            String a = here.create("same");
            String b = there.create("same");
            map(here, east, simulator.host("host1"), a);
            map(here, east, simulator.host("host2"), a);
            map(there, west, simulator.host("host1"), b);
            simulator.clock().advance(SHORTLY);
            assertThat(Programs.isLink(link(simulator, east, "host1", a))).isTrue();
            assertThat(Programs.isLink(link(simulator, east, "host2", a))).isTrue();
            assertThat(Programs.isLink(link(simulator, west, "host2", b))).isFalse();
            String drvCfg = simulator.host("host1").drvCfg().toString();
            assertThat(Programs.run(drvCfg, "--query_vols").lines())
                    .startsWith("Retrieved 2 volume(s)")
                    .contains("VOL-ID " + a + " MDM-ID " + east.id(), "VOL-ID " + b + " MDM-ID " + west.id());
            assertThat(there.get("/api/instances/Volume::" + a).code()).isEqualTo(79);
            system(here, there, simulator);
        }
    }

    private static void system(Client here, Client there, PowerFlexSimulator simulator) {
        assertThat(here.get("/api/types/System/instances").json()).hasSize(1);
        assertThat(there.send("GET", "/api/types/System/instances", "", Client.basic("", "x"))
                        .status())
                .isEqualTo(401);
        assertThat(simulator.systems()).hasSize(2);
        assertThatThrownBy(simulator::system).hasMessageContaining("say which");
    }

    @Test
    void drv_cfg_answers_in_the_columns_of_the_real_one() throws Exception {
        try (PowerFlexSimulator simulator = PowerFlexSimulator.start(settings())) {
            SimulatedSystem system = simulator.system();
            SimulatedHost host = simulator.host("host1");
            String drvCfg = host.drvCfg().toString();
            assertThat(Programs.run(drvCfg, "--query_guid")).isEqualTo(host.guid() + "\n");
            String connected = "Retrieved 1 mdm(s)\nMDM-ID " + system.id() + " SDC ID " + system.sdcId(host)
                    + " INSTALLATION ID 68ab55462cbb3ae4 IPs [0]-192.168.20.11\n";
            assertThat(Programs.run(drvCfg, "--query_mdms")).isEqualTo(connected);
            system.disconnect(host);
            assertThat(Programs.run(drvCfg, "--query_mdm")).isEqualTo("Retrieved 0 mdm(s)\n");
            Programs.run(drvCfg, "--add_mdm", "--ip", "192.168.20.99", "--file", "/etc/emc/scaleio/drv_cfg.txt");
            assertThat(Programs.run(drvCfg, "--query_mdms")).isEqualTo("Retrieved 0 mdm(s)\n");
            Programs.run(drvCfg, "--add_mdm", "--ip", "192.168.20.99,192.168.20.11");
            assertThat(Programs.run(drvCfg, "--query_mdms")).isEqualTo(connected);
            assertThat(Programs.run(drvCfg, "--rescan")).isEmpty();
            assertThatThrownBy(() -> Programs.run(drvCfg)).hasMessageContaining("--add_mdm");
        }
    }

    @ParameterizedTest
    @EnumSource(Devices.class)
    void closing_takes_devices_away_and_leaves_the_files_and_what_others_made(Devices kind) throws Exception {
        Path stranger = folder.resolve("hosts/host1/by-id/scsi-other");
        Path file;
        PowerFlexSimulator simulator =
                PowerFlexSimulator.start(settings().devices(kind).directory(folder));
        try (simulator) {
            SimulatedSystem system = simulator.system();
            Client client = Client.loggedIn(simulator, system);
            String id = client.create("disk");
            file = system.contentOf(id);
            map(client, system, simulator.host("host1"), id);
            simulator.clock().advance(SHORTLY);
            assertThat(link(simulator, system, "host1", id)).exists();
            Files.createSymbolicLink(stranger, Path.of("drv_cfg"));
            assertThatThrownBy(() -> PowerFlexSimulator.start(settings().directory(folder)))
                    .hasMessageContaining("another simulator uses");
        }
        assertThat(file).hasSize(8L << 30);
        try (var left = Files.list(stranger.getParent())) {
            assertThat(left).containsExactly(stranger);
        }
        assertThat(Programs.run("losetup", "--list", "--noheadings", "--output", "BACK-FILE"))
                .doesNotContain(folder.toString());
        simulator.close(); // again, which does nothing
    }

    @Test
    void what_was_written_counts_as_used_and_what_was_promised_does_not() throws Exception {
        try (PowerFlexSimulator simulator = PowerFlexSimulator.start(settings())) {
            Client client = Client.loggedIn(simulator, simulator.system());
            String id = client.create("disk");
            Path file = simulator.system().contentOf(id);
            String tree = client.volume(id).get("vtreeId").asText();
            String path = "/api/instances/VTree::" + tree + "/relationships/Statistics";
            assertThat(client.get(path).json().get("netCapacityInUseInKb").asLong())
                    .isZero();
            Programs.run("qemu-io", "-f", "raw", "-c", "write -P 1 0 1M", "-c", "flush", file.toString());
            assertThat(client.get(path)
                            .json()
                            .get("netProvisionedAddressesInKb")
                            .asLong())
                    .isBetween(1024L, 1100L);
        }
    }

    @Test
    void a_loop_device_is_written_by_no_host_that_may_only_read() throws Exception {
        try (PowerFlexSimulator simulator = PowerFlexSimulator.start(settings().devices(Devices.LOOP_DEVICES))) {
            SimulatedSystem system = simulator.system();
            Client client = Client.loggedIn(simulator, system);
            String id = client.create("disk");
            String sdc = "{'sdcId':'" + system.sdcId(simulator.host("host1")) + "','accessMode':'";
            client.act(id, "addMappedSdc", sdc + "ReadOnly'}");
            simulator.clock().advance(SHORTLY);
            Path link = link(simulator, system, "host1", id);
            assertThat(isWritten(link)).isFalse();
            client.act(id, "setVolumeMappingAccessMode", sdc + "ReadWrite'}");
            simulator.clock().advance(SHORTLY);
            assertThat(isWritten(link)).isTrue();
            client.act(id, "setVolumeAccessModeLimit", "{'accessModeLimit':'ReadOnly'}");
            simulator.clock().advance(SHORTLY);
            assertThat(isWritten(link)).as("limited as a whole").isFalse();
            assertThat(client.volume(id)
                            .get("mappedSdcInfo")
                            .get(0)
                            .get("accessMode")
                            .asText())
                    .isEqualTo("ReadWrite");
            client.act(id, "setVolumeMappingAccessMode", sdc + "NoAccess'}");
            simulator.clock().advance(SHORTLY);
            assertThat(Programs.isLink(link)).isFalse();
        }
    }

    private static boolean isWritten(Path device) throws Exception {
        Process process = new ProcessBuilder("dd", "if=/dev/zero", "of=" + device, "bs=4k", "count=1", "conv=fsync")
                .redirectErrorStream(true)
                .start();
        process.getInputStream().readAllBytes();
        return process.waitFor() == 0;
    }
}
