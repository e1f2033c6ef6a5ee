package io.hvkit.testkit.hypervisor;

import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorType;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/** Keeps the contract of every hypervisor. */
class InMemoryContractTest extends HypervisorContract {

    private static final int SIZE = 4096;

    private final HypervisorDriver driver = new InMemoryHypervisorDriver();

    @TempDir
    private Path directory;

    @Override
    protected HypervisorDriver driver() {
        return driver;
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
        return new DiskFiles(directory).of(volume, SIZE);
    }

    @Override
    protected Disk absentDisk() {
        return new DiskFiles(directory).absent(new VolumeId("absent"));
    }
}
