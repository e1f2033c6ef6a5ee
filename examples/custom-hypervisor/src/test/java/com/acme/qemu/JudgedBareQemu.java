package com.acme.qemu;

import io.hvkit.core.Attachment;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.testkit.hypervisor.HypervisorUnderTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Bare QEMU, with all that it knows in one folder. */
record JudgedBareQemu(Path folder) implements HypervisorUnderTest {

    @Override
    public HypervisorDriver driver() {
        return new BareQemu();
    }

    @Override
    public HypervisorType type() {
        return BareQemu.TYPE;
    }

    @Override
    public Map<String, String> options() {
        return Map.of(BareQemu.WORK_DIRECTORY.name(), folder.toString());
    }

    @Override
    public Disk disk(VolumeId volume) {
        try {
            Files.write(folder.resolve(volume.value()), new byte[1 << 20]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return at(volume);
    }

    @Override
    public Disk absentDisk() {
        return at(new VolumeId("absent"));
    }

    private Disk at(VolumeId volume) {
        return Disk.of(volume, new Attachment.ImageFile(folder.resolve(volume.value())), ImageFormat.RAW);
    }
}
