package io.hvkit.examples.scaleio;

import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.examples.storage.Platform;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.kvm.KvmDriver;
import io.hvkit.powerflex.simulator.PoolSettings;
import io.hvkit.powerflex.simulator.PowerFlexSimulator;
import io.hvkit.powerflex.simulator.SimulatedHost;
import io.hvkit.powerflex.simulator.SimulatedSystem;
import io.hvkit.powerflex.simulator.SimulatorSettings;
import io.hvkit.powerflex.simulator.SimulatorSettings.Devices;
import io.hvkit.powerflex.simulator.SystemSettings;
import io.hvkit.powerflex.simulator.control.SimulatorClock;
import io.hvkit.powerflex.simulator.control.Timing;
import io.hvkit.powerflex.simulator.control.Timing.Span;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.scaleio.ScaleIoDriver;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.Ledger;
import io.hvkit.testkit.libvirt.PrivateHost;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;

/** Two simulated storage systems, and a libvirt host that is a client of both. */
final class Flex implements AutoCloseable {

    /** What a volume of 8 GiB and its copy fill at most: the copy is whole, the volume has holes. */
    private static final long ROOM_KB = 10L << 20;

    /** What the rest of the machine may need of its memory meanwhile. */
    private static final long REST_KB = 6L << 20;

    private static final String HOST = "node1";
    private static final String USER = "platform";

    private final Ledger ledger;
    private final PowerFlexSimulator simulator;
    private final PrivateHost node1;

    private Flex(Ledger ledger, PowerFlexSimulator simulator, PrivateHost node1) {
        this.ledger = ledger;
        this.simulator = simulator;
        this.node1 = node1;
    }

    /** Builds it. What was built is taken down again if the rest fails. */
    static Flex in(Path work) throws InterruptedException, IOException {
        Ledger ledger = new Ledger();
        boolean whole = false;
        try {
            Path arrays = Files.createDirectories(work.resolve("arrays"));
            if (availableKb() > ROOM_KB + REST_KB) { // else on the disk, which is slower
                run("mount", "-t", "tmpfs", "-o", "size=" + ROOM_KB + "k,mode=0700", "hvkit-demo", arrays.toString());
                ledger.add(() -> run("umount", "--lazy", arrays.toString()));
            }
            PowerFlexSimulator simulator = PowerFlexSimulator.start(settings(arrays, password()));
            ledger.add(simulator::close);
            PrivateHost node1 = PrivateHost.start(work.resolve(HOST));
            ledger.add(node1::close);
            whole = true;
            return new Flex(ledger, simulator, node1);
        } finally {
            if (!whole) {
                ledger.close();
            }
        }
    }

    private static SimulatorSettings settings(Path folder, String password) {
        return SimulatorSettings.usual()
                .directory(folder)
                .devices(Devices.LOOP_DEVICES)
                .time(SimulatorClock.running(), Timing.usual().with(Span.MIGRATION, Duration.ofSeconds(4)))
                .host(HOST)
                .system(SystemSettings.named("east")
                        .pool(PoolSettings.named("fast"))
                        .pool(PoolSettings.named("slow"))
                        .account(USER, password))
                .system(SystemSettings.named("west")
                        .pool(PoolSettings.named("far"))
                        .account(USER, password));
    }

    private static String password() {
        byte[] drawn = new byte[16];
        new SecureRandom().nextBytes(drawn);
        return HexFormat.of().formatHex(drawn);
    }

    private static long availableKb() throws IOException {
        return Files.readAllLines(Path.of("/proc/meminfo")).stream()
                .filter(line -> line.startsWith("MemAvailable:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findAny()
                .orElse(0);
    }

    private static void run(String... words) throws InterruptedException {
        CommandResult result = CommandRunner.local().run(Command.of(words));
        if (result.exitCode() != 0) {
            throw new IllegalStateException(String.join(" ", words) + ": " + result.errors());
        }
    }

    PrivateHost node1() {
        return node1;
    }

    /** Returns what the arrays know node1 by. */
    SimulatedHost client() {
        return simulator.host(HOST);
    }

    SimulatedSystem system(String name) {
        return simulator.system(name);
    }

    Path certificate() {
        return simulator.certificate().orElseThrow();
    }

    /** Returns the folder of the volumes' bytes, with one below it for each system. */
    Path content() {
        return simulator.directory().resolve("systems");
    }

    /** Returns the password of both systems; the caller closes it. */
    Secret openPassword() {
        return Secret.copyOf(system("east").password().getBytes(StandardCharsets.UTF_8));
    }

    /** Has somebody else make a volume on west and map it to node1, and forget it. */
    void leave(String name) throws InterruptedException {
        ScaleIoDriver driver = new ScaleIoDriver();
        SimulatedSystem west = system("west");
        Map<String, String> texts = Map.of(
                "gateway", west.uri().toString(),
                "ca", certificate().toString(),
                "user", west.user(),
                "pool", "far",
                "hosts", HOST + "=" + client().guid());
        Options options = Options.parse(driver.options(), texts, Map.of("password", this::openPassword));
        try (StoragePool pool = driver.open(new PoolId("far"), StoragePoolType.POWERFLEX, options)) {
            Volume volume = pool.create(CreateVolume.blank(name, ByteSize.gibibytes(8)));
            pool.attach(volume.id(), new HostId(HOST));
        }
    }

    /** Returns the platform that knows how node1 reaches the arrays. */
    FlexPlatform platform(Platform platform) {
        return new FlexPlatform(platform, client().drvCfg());
    }

    /** Connects to node1, as a platform does that starts machines there. */
    Hypervisor connect(HostId host) throws InterruptedException {
        KvmDriver driver = new KvmDriver();
        Options options =
                Options.parse(driver.options(), Map.of("uri", node1.uri().toString()));
        return driver.open(host, HypervisorType.KVM, options);
    }

    @Override
    public void close() {
        ledger.close();
    }
}
