package io.hvkit.scaleio;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.kvm.KvmEndPoint;
import io.hvkit.powerflex.simulator.SimulatorSettings.Devices;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.powerflex.simulator.control.SimulatorClock;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.DeviceAccess;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.EndPoints;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumePlan;
import io.hvkit.testkit.Await;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encrypted volumes of an array that knows nothing of it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EncryptionIT {

    private static final HostId HOST = new HostId(Simulated.HOSTS.get(0));
    private static final ByteSize STEP = ByteSize.gibibytes(8);
    private static final ByteSize HEADER = ByteSize.mebibytes(2);
    private static final int WRITTEN = 64 * 1024;

    @TempDir
    private Path folder;

    private final Secret key = Secret.random();
    private Simulated array;
    private StoragePool pool;

    @BeforeEach
    void start() throws InterruptedException {
        array = Simulated.start(GatewayVersion.V3_6, SimulatorClock.running(), Simulated.brisk(), Devices.LOOP_DEVICES);
        pool = array.open(Map.of("devices", array.devices()));
    }

    @AfterEach
    void stop() {
        pool.close();
        array.close();
        key.close();
    }

    private CreateVolume request(String name, ByteSize size) {
        return CreateVolume.blank(name, size).encryptedBy(key);
    }

    @Test
    void the_header_comes_on_top_of_what_a_machine_is_to_see() throws InterruptedException {
        assertThat(pool.plan(request("a", STEP))).isEqualTo(new VolumePlan(planned(2), STEP.plus(STEP)));
        assertThat(pool.plan(request("b", planned(1)))).isEqualTo(new VolumePlan(planned(1), STEP));

        Volume made = pool.create(request("a", STEP));
        assertThat(made.size()).isEqualTo(planned(2));
        assertThat(array.bytes(made.id()).orElseThrow()).hasSize(2 * STEP.bytes());
        assertThat(pool.growth()
                        .orElseThrow()
                        .growTo(made.id(), STEP.plus(STEP))
                        .size())
                .isEqualTo(planned(3));
    }

    private static ByteSize planned(int steps) {
        return ByteSize.bytes(steps * STEP.bytes()).minus(HEADER);
    }

    @Test
    void what_a_volume_is_stays_with_it_wherever_it_is_looked_for() throws InterruptedException {
        Volume locked = pool.create(request("locked", STEP));
        Volume open = pool.create(CreateVolume.blank("open", STEP));
        Snapshot past = pool.snapshots().orElseThrow().take(locked.id(), "past");
        Volume twin = pool.clones().orElseThrow().create(CloneVolume.of(locked.id(), "twin"));
        Volume old = pool.clones().orElseThrow().create(CloneVolume.of(past.id(), "old"));

        try (StoragePool again = array.open()) {
            assertThat(again.list()).containsExactlyInAnyOrder(locked, open, twin, old);
            assertThat(again.findNamed("locked")).contains(locked);
            assertThat(again.findNamed("!locked")).isEmpty();
            assertThat(again.find(twin.id())).contains(twin);
        }
        assertThat(twin.format()).isEqualTo(ImageFormat.LUKS);
        assertThat(old.format()).isEqualTo(ImageFormat.LUKS);
        assertThat(old.size()).isEqualTo(locked.size());
        assertThat(past.size()).isEqualTo(locked.size());
        assertThat(open.format()).isEqualTo(ImageFormat.RAW);
    }

    @Test
    void a_name_has_one_volume_whatever_it_is_encrypted_with() throws InterruptedException {
        Volume open = pool.create(CreateVolume.blank("open", STEP));
        Volume locked = pool.create(request("locked", STEP));

        Refused.as(Failure.EXISTS_DIFFERENTLY).saying("as RAW", () -> pool.create(request("open", STEP)));
        Refused.as(Failure.EXISTS_DIFFERENTLY).saying("as LUKS", () -> pool.create(CreateVolume.blank("locked", STEP)));
        Refused.as(Failure.EXISTS_DIFFERENTLY)
                .saying("as LUKS", () -> pool.clones().orElseThrow().create(CloneVolume.of(open.id(), "locked")));
        Refused.as(Failure.EXISTS_DIFFERENTLY)
                .saying("as RAW", () -> pool.clones().orElseThrow().create(CloneVolume.of(locked.id(), "open")));
        for (String kept : new String[] {"!x", "~x", "e!x", "q!x", "s!x"}) {
            Refused.as(Failure.INVALID_REQUEST).saying("are kept", () -> pool.create(CreateVolume.blank(kept, STEP)));
        }
        assertThat(pool.list()).containsExactlyInAnyOrder(open, locked);
    }

    @Test
    void what_a_machine_writes_is_noise_on_the_array_and_fits() throws InterruptedException, IOException {
        CommandRunner programs = CommandRunner.local();
        ScaleIoHost host = ScaleIoHost.of(KvmEndPoint.by(HOST, programs), programs)
                .withDrvCfg(array.simulator().host(HOST.value()).drvCfg());
        Volume volume = pool.create(request("locked", planned(1)));
        try (EndPoints endPoints = EndPoints.none().add(host)) {
            EndPoint endPoint = endPoints.of(HOST);
            DeviceAccess devices = endPoint.deviceAccess().orElseThrow();
            Attachment place = pool.attach(volume.id(), HOST);
            Await.until(
                    "the device",
                    Duration.ofSeconds(30),
                    () -> devices.sizeOf(place).isPresent());
            DiskImage disk = DiskImage.at(place, ImageFormat.LUKS).unlockedBy(key);

            endPoint.luks().orElseThrow().format(disk);
            io(place, "write -P 0x41 0 64k");
            io(place, "read -P 0x41 0 64k");

            assertThat(endPoint.images().inspect(disk).size())
                    .as("what a machine sees")
                    .isEqualTo(volume.size());
            pool.detach(volume.id(), HOST);
            Await.until(
                    "its going",
                    Duration.ofSeconds(30),
                    () -> devices.sizeOf(place).isEmpty());
        }
        byte[] written = new byte[WRITTEN];
        try (InputStream file = Files.newInputStream(array.bytes(volume.id()).orElseThrow())) {
            file.skipNBytes(HEADER.bytes());
            assertThat(file.readNBytes(written, 0, written.length)).isEqualTo(written.length);
        }
        assertThat(new String(written, StandardCharsets.ISO_8859_1)).doesNotContain("AAAAAAAA");
        assertThat(written).as("something was written").isNotEqualTo(new byte[WRITTEN]);
    }

    /** As a machine does; the key of a test may lie in a file of the test. */
    private void io(Attachment place, String command) throws IOException, InterruptedException {
        Path file = folder.resolve("key");
        key.withArray(bytes -> {
            try {
                return Files.write(file, bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        String image = "driver=luks,key-secret=k,file.driver=host_device,file.filename=" + place.requirePath();
        CommandResult result = CommandRunner.local()
                .run(Command.of(
                        "qemu-io", "--object", "secret,id=k,file=" + file, "--image-opts", image, "-c", command));
        Files.delete(file);
        assertThat(result.output() + result.errors()).contains("64 KiB").doesNotContain("failed");
    }
}
