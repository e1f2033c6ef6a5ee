package io.hvkit.scaleio;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFacts.Presence;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.kvm.KvmEndPoint;
import io.hvkit.powerflex.simulator.SimulatedHost;
import io.hvkit.powerflex.simulator.SimulatorSettings.Devices;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.powerflex.simulator.control.SimulatorClock;
import io.hvkit.powerflex.simulator.control.Timing;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.SshDestination;
import io.hvkit.qemu.SshRunner;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.DeviceAccess;
import io.hvkit.storage.spi.EndPoints;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.ssh.LoopbackSshd;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What hosts see of the array: devices that come late, go late, are something else, or never come. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HostsIT {

    private static final HostId HOST = new HostId(Simulated.HOSTS.get(0));
    private static final Duration SHORTLY = Duration.ofMillis(100);

    @TempDir
    private Path folder;

    private final SimulatorClock clock = SimulatorClock.stopped();
    private Simulated array;
    private SimulatedHost machine;
    private ScaleIoHost host;
    private EndPoints endPoints;
    private DeviceAccess devices;
    private StoragePool pool;
    private Volume disk;

    @BeforeEach
    void start() throws InterruptedException {
        Timing times = Timing.usual().with(Timing.Span.REMOVAL, Duration.ZERO);
        array = Simulated.start(GatewayVersion.V4_5, clock, times, Devices.LOOP_DEVICES);
        machine = array.simulator().host(HOST.value());
        host = host(machine.drvCfg());
        endPoints = EndPoints.none().add(host);
        devices = endPoints.of(HOST).deviceAccess().orElseThrow();
        pool = array.open(Map.of("hosts", ScaleIoHost.option(List.of(host)), "devices", array.devices()));
        disk = pool.create(CreateVolume.blank("disk", ByteSize.gibibytes(8)));
    }

    private static ScaleIoHost host(Path drvCfg) {
        CommandRunner programs = CommandRunner.local();
        return ScaleIoHost.of(KvmEndPoint.by(HOST, programs), programs).withDrvCfg(drvCfg);
    }

    /** One whose end point looks at nothing else. */
    private static HostFacts.Finding finding(Path drvCfg) throws InterruptedException {
        return ScaleIoHost.of(new InMemoryStorageDriver().endPoint(HOST), CommandRunner.local())
                .withDrvCfg(drvCfg)
                .probe()
                .finding(HostFeature.POWERFLEX_CLIENT);
    }

    @AfterEach
    void stop() {
        pool.close();
        endPoints.close();
        array.close();
    }

    @Test
    void a_device_comes_late_grows_late_and_goes_late() throws InterruptedException {
        Attachment place = pool.attach(disk.id(), HOST);
        assertThat(devices.comesAndGoes(place)).isTrue();
        assertThat(devices.sizeOf(place)).as("not yet").isEmpty();
        devices.rescan(place);
        clock.advance(SHORTLY);
        assertThat(devices.sizeOf(place)).contains(ByteSize.gibibytes(8));

        pool.growth().orElseThrow().growTo(disk.id(), ByteSize.gibibytes(16));
        assertThat(devices.sizeOf(place)).as("as before").contains(ByteSize.gibibytes(8));
        clock.advance(SHORTLY);
        assertThat(devices.sizeOf(place)).contains(ByteSize.gibibytes(16));

        pool.detach(disk.id(), HOST);
        assertThat(devices.sizeOf(place)).as("still there").contains(ByteSize.gibibytes(16));
        clock.advance(SHORTLY);
        assertThat(devices.sizeOf(place)).isEmpty();
    }

    @Test
    void hosts_are_known_by_what_their_client_tells() throws InterruptedException {
        assertThat(host.guid()).isEqualTo(machine.guid());
        assertThat(host.host()).isEqualTo(HOST);
        HostFacts.Finding finding = finding(machine.drvCfg());

        assertThat(finding.presence()).isEqualTo(Presence.PRESENT);
        assertThat(finding.details())
                .containsEntry("guid", machine.guid())
                .hasEntrySatisfying(
                        "systems",
                        systems -> assertThat(systems).contains(array.system().id()));
        assertThat(endPoints.of(HOST).luks()).as("all else is the end point's").isPresent();
    }

    @Test
    void what_is_put_under_the_name_of_a_device_is_not_taken_for_it() throws Exception {
        Path name = pool.attach(disk.id(), HOST).requirePath();
        Path file = Files.write(folder.resolve("file"), new byte[4096]);
        Files.createSymbolicLink(name, file);
        Refused.as(Failure.EXISTS_DIFFERENTLY)
                .saying("REGULAR_FILE", () -> devices.sizeOf(new Attachment.BlockDevice(name)));
        Files.delete(name);

        Volume other = pool.create(CreateVolume.blank("other", ByteSize.gibibytes(8)));
        Path real = pool.attach(other.id(), HOST).requirePath();
        Files.createSymbolicLink(name, real);
        assertThat(devices.sizeOf(new Attachment.BlockDevice(name)))
                .as("a link to nothing")
                .isEmpty();
        pool.detach(disk.id(), HOST);
        clock.advance(SHORTLY);
        assertThat(devices.sizeOf(new Attachment.BlockDevice(real))).isPresent();
        Files.deleteIfExists(name);
        Files.createSymbolicLink(name, real);
        assertThat(devices.sizeOf(new Attachment.BlockDevice(name)))
                .as("the client has no such volume")
                .isEmpty();
        Files.delete(name);
    }

    @Test
    void a_host_without_the_client_says_so_and_what_to_do() throws InterruptedException {
        DeviceAccess none = host(ScaleIoHost.USUAL_DRV_CFG).deviceAccess().orElseThrow();
        Attachment place = pool.attach(disk.id(), HOST);

        assertThat(none.sizeOf(place)).isEmpty();
        Refused.as(Failure.HOST_NOT_READY).saying("install the PowerFlex client (SDC)", () -> scanned(none, place));
        Refused.as(Failure.HOST_NOT_READY)
                .saying("install", () -> host(folder.resolve("drv_cfg")).guid());
        clock.advance(SHORTLY);
        Refused.as(Failure.HOST_NOT_READY).saying("install", () -> none.sizeOf(place));
        HostFacts.Finding finding = finding(ScaleIoHost.USUAL_DRV_CFG);
        assertThat(finding.presence()).isEqualTo(Presence.ABSENT);
        assertThat(finding.reason()).contains("install the PowerFlex client");
    }

    private static Attachment scanned(DeviceAccess access, Attachment place) throws InterruptedException {
        access.rescan(place);
        return place;
    }

    @Test
    void a_client_that_does_not_know_the_system_is_told_apart_from_one_that_is_slow() throws InterruptedException {
        Attachment place = pool.attach(disk.id(), HOST);
        array.system().disconnect(machine);

        Refused.as(Failure.HOST_NOT_READY).saying("--add_mdm", () -> scanned(devices, place));

        array.system().connect(machine);
        devices.rescan(place);
    }

    @Test
    void a_client_whose_words_make_no_sense_is_not_believed() throws IOException, InterruptedException {
        Attachment place = pool.attach(disk.id(), HOST);
        clock.advance(SHORTLY);
        for (String script :
                List.of("echo nonsense", "exit 7", "echo 'Retrieved 2 volume(s)'", "echo boom >&2; exit 1")) {
            Path program = folder.resolve("broken");
            Files.writeString(program, "#!/bin/sh\n" + script + "\n");
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
            ScaleIoHost broken = host(program);

            Refused.as(Failure.HOST_NOT_READY).saying("scini", broken::guid);
            Refused.as(Failure.HOST_NOT_READY)
                    .saying("scini", () -> broken.deviceAccess().orElseThrow().sizeOf(place));
            assertThat(finding(program).presence()).isEqualTo(Presence.ABSENT);
        }
    }

    @Test
    void what_is_none_of_the_arrays_is_the_end_points() throws IOException, InterruptedException {
        Path file = Files.write(folder.resolve("disk.raw"), new byte[8192]);
        Attachment image = new Attachment.ImageFile(file);

        assertThat(devices.sizeOf(image)).contains(ByteSize.bytes(8192));
        assertThat(devices.comesAndGoes(image)).isFalse();
        devices.rescan(image);
    }

    @Test
    void another_machine_is_asked_over_ssh() throws InterruptedException, IOException {
        Path home = Files.createDirectory(folder.resolve("ssh"));
        try (LoopbackSshd sshd = LoopbackSshd.start(home);
                SshRunner programs = CommandRunner.ssh(SshDestination.of("127.0.0.1")
                        .port(sshd.port())
                        .user("root")
                        .identity(sshd.userKey())
                        .knownHosts(sshd.knownHosts()))) {
            ScaleIoHost remote =
                    ScaleIoHost.of(KvmEndPoint.by(HOST, programs), programs).withDrvCfg(machine.drvCfg());
            Attachment place = pool.attach(disk.id(), HOST);
            clock.advance(SHORTLY);

            assertThat(remote.guid()).isEqualTo(machine.guid());
            assertThat(remote.deviceAccess().orElseThrow().sizeOf(place)).contains(ByteSize.gibibytes(8));
            remote.close();
        }
    }
}
