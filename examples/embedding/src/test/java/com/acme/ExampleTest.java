package com.acme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.qemu.ImageInfo;
import io.hvkit.testkit.libvirt.PrivateHost;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples that the README shows do what they say, with the artifacts that users get. */
class ExampleTest {

    @Test
    void anEncryptedMachineStarts(@TempDir Path folder) throws Exception {
        Path pool = Files.createDirectory(folder.resolve("pool"));
        try (PrivateHost host = PrivateHost.start(folder.resolve("host"));
                Secret key = Secret.random()) {
            Machine machine = Example.startEncrypted(host.uri(), pool, key);

            assertEquals(MachineState.RUNNING, machine.state());
            assertEquals(1, machine.disks().size());
        }
    }

    @Test
    void anEncryptedImageIsMade(@TempDir Path folder) throws Exception {
        try (Secret key = Secret.random()) {
            ImageInfo info = Example.createImage(folder.resolve("a,b.qcow2"), key);

            assertEquals(ByteSize.gibibytes(40), info.virtualSize());
            assertEquals(ImageFormat.QCOW2, info.format());
            assertTrue(info.isEncrypted());
        }
    }
}
