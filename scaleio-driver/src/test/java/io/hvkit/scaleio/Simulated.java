package io.hvkit.scaleio;

import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.SecretSource;
import io.hvkit.core.VolumeId;
import io.hvkit.powerflex.simulator.PoolSettings;
import io.hvkit.powerflex.simulator.PowerFlexSimulator;
import io.hvkit.powerflex.simulator.SimulatedSystem;
import io.hvkit.powerflex.simulator.SimulatorSettings;
import io.hvkit.powerflex.simulator.SimulatorSettings.Devices;
import io.hvkit.powerflex.simulator.SystemSettings;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.powerflex.simulator.control.SimulatorClock;
import io.hvkit.powerflex.simulator.control.Timing;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.storage.StorageUnderTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A simulated array, and this driver in front of it. */
record Simulated(PowerFlexSimulator simulator) implements StorageUnderTest, AutoCloseable {

    /** The hosts that contracts attach volumes to. */
    static final List<String> HOSTS = List.of("contract-host", "contract-host-2");

    static Simulated start(GatewayVersion version) {
        return start(version, SimulatorClock.running(), brisk());
    }

    /** An array that is done in no time, and a clock that a test may stop. */
    static Timing brisk() {
        return Timing.usual()
                .with(Timing.Span.REMOVAL, Duration.ofMillis(10))
                .with(Timing.Span.MIGRATION_STARTS, Duration.ofMillis(20))
                .with(Timing.Span.MIGRATION, Duration.ofMillis(300))
                .with(Timing.Span.GRACEFUL_PAUSE, Duration.ofMillis(50))
                .with(Timing.Span.FORCEFUL_PAUSE, Duration.ofMillis(20));
    }

    static Simulated start(GatewayVersion version, SimulatorClock clock, Timing timing) {
        return start(version, clock, timing, Devices.FILES);
    }

    static Simulated start(GatewayVersion version, SimulatorClock clock, Timing timing, Devices devices) {
        SystemSettings system = SystemSettings.named("powerflex1")
                .version(version)
                .pool(PoolSettings.named("pool1"))
                .pool(PoolSettings.named("pool1").in("domain2"))
                .pool(PoolSettings.named("pool2"))
                .pool(PoolSettings.named("fine").fineGranularity())
                .pool(PoolSettings.named("unpadded").withoutZeroPadding());
        SimulatorSettings settings = SimulatorSettings.usual()
                .time(clock, timing)
                .devices(devices)
                .system(system)
                .system(SystemSettings.named("powerflex2").version(version));
        for (String host : HOSTS) {
            settings = settings.host(host);
        }
        return new Simulated(PowerFlexSimulator.start(settings));
    }

    SimulatedSystem system() {
        return simulator.system("powerflex1");
    }

    @Override
    public StorageDriver driver() {
        return new ScaleIoDriver();
    }

    @Override
    public Map<String, SecretSource> secrets() {
        return Map.of("password", this::password);
    }

    Secret password() {
        return Secret.copyOf(system().password().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public StoragePoolType type() {
        return StoragePoolType.POWERFLEX;
    }

    @Override
    public Map<String, String> options() {
        return Map.of(
                "gateway",
                system().uri().toString(),
                "pool",
                "pool1",
                "domain",
                "domain1",
                "user",
                system().user(),
                "ca",
                simulator.certificate().orElseThrow().toString(),
                "hosts",
                HOSTS.stream()
                        .map(host -> host + "=" + simulator.host(host).guid())
                        .collect(Collectors.joining(",")),
                "timeout",
                "PT20S");
    }

    /** Returns a second pool of the same system, for moves. */
    StorageUnderTest neighbour() {
        return new Neighbour(this);
    }

    private record Neighbour(Simulated array) implements StorageUnderTest {

        @Override
        public StorageDriver driver() {
            return array.driver();
        }

        @Override
        public StoragePoolType type() {
            return array.type();
        }

        @Override
        public PoolId pool() {
            return new PoolId("neighbour");
        }

        @Override
        public Map<String, String> options() {
            Map<String, String> options = new HashMap<>(array.options());
            options.put("pool", "pool2");
            return options;
        }

        @Override
        public Map<String, SecretSource> secrets() {
            return array.secrets();
        }

        @Override
        public int longestName() {
            return array.longestName();
        }

        @Override
        public ByteSize size() {
            return array.size();
        }
    }

    /** Returns where hosts find the devices here, as the option takes it. */
    String devices() {
        String folder = simulator.host(HOSTS.get(0)).deviceFolder().toString();
        return folder.replace("/" + HOSTS.get(0) + "/", "/{host}/");
    }

    StoragePool open() throws InterruptedException {
        return open(Map.of());
    }

    StoragePool open(Map<String, String> changes) throws InterruptedException {
        return open(this::password, changes);
    }

    /** Opens a pool as an embedder does; an empty text takes an option away. */
    StoragePool open(SecretSource password, Map<String, String> changes) throws InterruptedException {
        StorageDriver guarded =
                StorageDrivers.of(List.of(driver())).requireAll().forType(type());
        Map<String, String> options = new HashMap<>(options());
        options.putAll(changes);
        options.values().removeIf(String::isEmpty);
        Map<String, SecretSource> secrets = Map.of("password", password);
        return guarded.open(new PoolId("flex"), type(), Options.parse(guarded.options(), options, secrets));
    }

    @Override
    public int longestName() {
        return 30;
    }

    @Override
    public ByteSize size() {
        return ByteSize.gibibytes(8);
    }

    @Override
    public Optional<ByteSize> tooLarge() {
        return Optional.of(ByteSize.tebibytes(100));
    }

    @Override
    public Optional<EndPoint> endPoint(HostId host) {
        return Optional.of(new FilesForDevices(host, system()));
    }

    @Override
    public Optional<Path> bytes(VolumeId volume) {
        return Optional.of(system().contentOf(volume.value()));
    }

    /** Returns how many volumes the array has, snapshots and notes included: each has a file. */
    int volumesOfTheArray() {
        try (Stream<Path> files = Files.list(system().contentOf("0").getParent())) {
            return (int) files.filter(file -> file.getFileName().toString().matches("[0-9a-f]{16}.*"))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Puts a byte on a volume, as a machine would. */
    void write(VolumeId volume, byte content) {
        try (FileChannel file = FileChannel.open(system().contentOf(volume.value()), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {content}), 4096);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns that byte. */
    byte read(VolumeId volume) {
        try (FileChannel file = FileChannel.open(system().contentOf(volume.value()))) {
            ByteBuffer one = ByteBuffer.allocate(1);
            file.read(one, 4096);
            return one.get(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        simulator.close();
    }
}
