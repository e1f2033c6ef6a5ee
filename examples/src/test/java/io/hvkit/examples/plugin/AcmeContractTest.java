package io.hvkit.examples.plugin;

import io.hvkit.core.Attachment;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.testkit.hypervisor.HypervisorContract;
import io.hvkit.testkit.hypervisor.HypervisorUnderTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The plug-in keeps the contract of every hypervisor. */
// tag::contract[]
class AcmeContractTest extends HypervisorContract {

    @TempDir
    Path folder;

    @Override
    protected HypervisorUnderTest underTest() {
        return new AcmeUnderTest(folder);
    }

    record AcmeUnderTest(Path folder) implements HypervisorUnderTest {

        @Override
        public HypervisorDriver driver() {
            return new AcmeDriver();
        }

        @Override
        public HypervisorType type() {
            return AcmeDriver.TYPE;
        }

        @Override
        public Disk disk(VolumeId volume) {
            Disk disk = at(volume);
            try {
                Files.write(folder.resolve(volume.value()), new byte[4096]);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return disk;
        }

        @Override
        public Disk absentDisk() {
            return at(new VolumeId("absent"));
        }

        private Disk at(VolumeId volume) {
            return Disk.of(volume, new Attachment.ImageFile(folder.resolve(volume.value())), ImageFormat.RAW);
        }
    }
}
// end::contract[]
