package io.hvkit.benchmarks;

import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.qemu.Image;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.guest.Guest;
import io.hvkit.testkit.guest.GuestWork;
import java.nio.file.Path;
import java.util.List;

/** Where machines run, and with what. */
record Site(
        Bench bench,
        String uri,
        StoragePool pool,
        Hypervisor hypervisor,
        Guest guest,
        Secret key,
        Plain.KeyFile keyFile) {

    static final HostId HOST = new HostId("bench");

    MachineSpec spec(String name, List<Disk> disks) {
        MachineSpec spec = MachineSpec.named(name)
                .booting(KernelBoot.of(guest.kernel())
                        .initrd(guest.initrd())
                        .commandLine(guest.commandLine(GuestWork.idle())));
        for (Disk disk : disks) {
            spec = spec.with(disk);
        }
        return spec;
    }

    Disk disk(String name, ByteSize size, List<Secret> keys) throws InterruptedException {
        CreateVolume wish = CreateVolume.blank(name, size);
        Volume volume = pool.create(keys.isEmpty() ? wish : wish.encryptedBy(keys.get(0)));
        Disk disk = Disk.of(volume.id(), pool.attach(volume.id(), HOST), volume.format());
        return keys.isEmpty() ? disk : disk.unlockedBy(keys.get(0));
    }

    void delete(Disk disk) throws InterruptedException {
        pool.detach(disk.volume(), HOST);
        pool.delete(disk.volume());
    }

    void stop(String name) throws InterruptedException {
        hypervisor.stop(new MachineId(name), StopMode.POWER_OFF);
    }

    static Image image(Disk disk, List<Secret> keys) {
        return image(path(disk), disk.format(), keys);
    }

    static Image image(Path path, ImageFormat format, List<Secret> keys) {
        Image image = Image.of(path, format);
        return keys.isEmpty() ? image : image.unlockedBy(keys.get(0));
    }

    static Path path(Disk disk) {
        return disk.attachment().requirePath();
    }
}
