package com.acme;

import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmDriver;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.ImageInfo;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;

/** What a platform writes to get going. */
public final class Example {

    private Example() {}

    /** Makes an encrypted volume and starts a machine on it. */
    public static Machine startEncrypted(URI libvirt, Path directory, Secret key) throws InterruptedException {
        // tag::embedding[]
        var kvm = new KvmDriver();
        var directories = new DirectoryPoolDriver();
        try (Hypervisor host = kvm.open(new HostId("node1"), HypervisorType.KVM,
                     Options.parse(kvm.options(), Map.of("uri", libvirt.toString())));
                StoragePool pool = directories.open(new PoolId("fast"), StoragePoolType.LOCAL_DIRECTORY,
                        Options.parse(directories.options(), Map.of("path", directory.toString())))) {
            Volume root = pool.create(CreateVolume.blank("web-01-root", ByteSize.gibibytes(1)).encryptedBy(key));
            Disk disk = Disk.of(root.id(), pool.attach(root.id(), host.host()), root.format()).unlockedBy(key);
            return host.start(MachineSpec.named("web-01").cpus(1).memory(ByteSize.mebibytes(128)).with(disk));
        }
        // end::embedding[]
    }

    /** Makes an image with the tools alone. */
    public static ImageInfo createImage(Path file, Secret key) throws InterruptedException {
        // tag::tools[]
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        Image image = Image.of(file, ImageFormat.QCOW2).unlockedBy(key);
        qemuImg.create(image, ByteSize.gibibytes(40));
        return qemuImg.info(image);
        // end::tools[]
    }
}
