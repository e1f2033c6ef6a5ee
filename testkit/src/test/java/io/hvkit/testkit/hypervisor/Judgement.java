package io.hvkit.testkit.hypervisor;

import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs a contract against a driver with a fault, as JUnit does, and says which cases failed. */
final class Judgement {

    private static final int SIZE = 4096;

    /** What the contract that runs now is about; JUnit makes its object, so it cannot be handed in. */
    private record Trial(Path directory, HypervisorDriver driver, List<Waiver> waivers) {}

    private static final ThreadLocal<Trial> NOW = new ThreadLocal<>();

    private final Path directory;

    Judgement(Path directory) {
        this.directory = directory;
    }

    Set<String> of(UnaryOperator<Hypervisor> fault, List<Waiver> waivers) {
        return failed(Driver.class, fault, waivers);
    }

    Set<String> ofMoves(UnaryOperator<Hypervisor> fault) {
        return failed(Mover.class, fault, List.of());
    }

    private Set<String> failed(Class<?> contract, UnaryOperator<Hypervisor> fault, List<Waiver> waivers) {
        Set<String> failed = new TreeSet<>();
        TestExecutionListener listener = new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (result.getStatus() != Status.SUCCESSFUL) {
                    failed.add(test.getLegacyReportingName().replaceFirst("\\(.*", ""));
                }
            }
        };
        NOW.set(new Trial(directory, new FaultyDriver(fault), waivers));
        try {
            LauncherFactory.create()
                    .execute(
                            LauncherDiscoveryRequestBuilder.request()
                                    .selectors(DiscoverySelectors.selectClass(contract))
                                    .build(),
                            listener);
        } finally {
            NOW.remove();
        }
        return failed;
    }

    private static Disk disk(VolumeId volume, int size) {
        return new DiskFiles(NOW.get().directory).of(volume, size);
    }

    private record FaultyDriver(InMemoryHypervisorDriver real, UnaryOperator<Hypervisor> fault)
            implements HypervisorDriver {

        FaultyDriver(UnaryOperator<Hypervisor> fault) {
            this(new InMemoryHypervisorDriver(), fault);
        }

        @Override
        public Set<HypervisorType> types() {
            return real.types();
        }

        @Override
        public SpiVersion builtAgainst() {
            return real.builtAgainst();
        }

        @Override
        public Set<Option<?>> options() {
            return real.options();
        }

        @Override
        public Hypervisor open(HostId host, HypervisorType type, Options options) {
            return fault.apply(real.open(host, type, options));
        }
    }

    /** Made by JUnit. */
    static final class Driver extends HypervisorContract {

        @Override
        protected HypervisorDriver driver() {
            return NOW.get().driver;
        }

        @Override
        protected HypervisorType type() {
            return InMemoryHypervisorDriver.TYPE;
        }

        @Override
        protected Map<String, String> options() {
            return Map.of();
        }

        @Override
        protected Disk disk(VolumeId volume) {
            return Judgement.disk(volume, SIZE);
        }

        @Override
        protected Disk absentDisk() {
            return new DiskFiles(NOW.get().directory).absent(new VolumeId("absent"));
        }

        @Override
        protected List<Waiver> waivers() {
            return NOW.get().waivers;
        }

        @Override
        protected Path reports() {
            return NOW.get().directory;
        }
    }

    /** Made by JUnit. */
    static final class Mover extends LiveDiskMigrationContract {

        @Override
        protected HypervisorDriver driver() {
            return NOW.get().driver;
        }

        @Override
        protected HypervisorType type() {
            return InMemoryHypervisorDriver.TYPE;
        }

        @Override
        protected Map<String, String> options() {
            return Map.of();
        }

        @Override
        protected Disk disk(VolumeId volume) {
            return Judgement.disk(volume, SIZE);
        }

        @Override
        protected Disk smallDisk(VolumeId volume) {
            return Judgement.disk(volume, 1);
        }

        @Override
        protected Disk absentDisk() {
            return new DiskFiles(NOW.get().directory).absent(new VolumeId("absent"));
        }

        @Override
        protected Path reports() {
            return NOW.get().directory;
        }
    }
}
