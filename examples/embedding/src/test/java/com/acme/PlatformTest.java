package com.acme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.testkit.libvirt.PrivateHost;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The engine as the README embeds it, with the artifacts that users get. */
class PlatformTest {

    @Test
    void anEncryptedVolumeIsMadeOnce(@TempDir Path folder) throws Exception {
        Path pool = Files.createDirectory(folder.resolve("pool"));
        MasterKeyFile.create(folder.resolve("kek"));
        try (PrivateHost host = PrivateHost.start(folder.resolve("host"))) {
            VolumeRecord first = Platform.rootDisk(folder, host.uri(), pool);
            VolumeRecord again = Platform.rootDisk(folder, host.uri(), pool);

            assertEquals(first, again);
            assertEquals(VolumeRecord.State.READY, first.state());
            assertTrue(first.place().encryption().isPresent());
        }
    }
}
