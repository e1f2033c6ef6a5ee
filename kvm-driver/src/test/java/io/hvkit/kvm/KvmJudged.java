package io.hvkit.kvm;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.AgentChannel;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.qemu.RebaseRequest;
import io.hvkit.qemu.TargetState;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.guest.Guest;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.hypervisor.HypervisorUnderTest;
import io.hvkit.testkit.libvirt.PrivateHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The KVM driver on a private libvirt host, for the contracts. */
record KvmJudged(PrivateHost host, PrivateHost another, Guest guest, Path folder) implements HypervisorUnderTest {

    static final ByteSize SIZE = ByteSize.mebibytes(4);
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @Override
    public HypervisorDriver driver() {
        return new KvmDriver();
    }

    @Override
    public HypervisorType type() {
        return HypervisorType.KVM;
    }

    @Override
    public Map<String, String> options() {
        return options(host);
    }

    @Override
    public Map<String, String> optionsOfAnother() {
        return options(another);
    }

    private Map<String, String> options(PrivateHost of) {
        return Map.of(
                "uri",
                of.uri().toString(),
                "migration-address",
                "127.0.0.1",
                "seed-directory",
                folder.resolve("seeds").toString());
    }

    @Override
    public Disk disk(VolumeId volume) throws InterruptedException {
        return made(volume, CreateVolume.blank(volume.value(), SIZE).as(ImageFormat.RAW));
    }

    Disk trackableDisk(VolumeId volume) throws InterruptedException {
        return made(volume, CreateVolume.blank(volume.value(), SIZE).as(ImageFormat.QCOW2));
    }

    /** Holds bytes that nobody else writes. */
    Disk filledDisk(VolumeId volume) throws InterruptedException {
        Disk disk = trackableDisk(volume);
        byte[] bytes = new byte[1 << 16];
        new Random(volume.value().hashCode()).nextBytes(bytes);
        Path raw = folder.resolve(volume.value() + ".bytes");
        try {
            Files.write(raw, Arrays.copyOf(bytes, (int) SIZE.bytes()));
            QemuImg.probe(CommandRunner.local())
                    .convert(ConvertRequest.of(Image.raw(raw), TestHost.image(disk))
                            .onto(TargetState.EXISTS));
            Files.delete(raw);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return disk;
    }

    Disk image(VolumeId volume, ByteSize size) throws InterruptedException {
        return made(volume, CreateVolume.blank(volume.value(), size).as(ImageFormat.QCOW2));
    }

    /** Reads images, each over the next, and the disk, by the tool. */
    static boolean readAs(Disk disk, List<Disk> images) throws InterruptedException {
        Image top = TestHost.image(images.get(images.size() - 1));
        for (int i = images.size() - 2; i >= 0; i--) {
            top = TestHost.image(images.get(i)).over(top);
        }
        return QemuImg.probe(CommandRunner.local())
                .compare(TestHost.image(disk), top)
                .isIdentical();
    }

    Disk smallDisk(VolumeId volume) throws InterruptedException {
        return made(
                volume,
                CreateVolume.blank(volume.value(), ByteSize.mebibytes(1)).as(ImageFormat.RAW));
    }

    Disk largerDisk(VolumeId volume) throws InterruptedException {
        ByteSize larger = SIZE.plus(ByteSize.mebibytes(1));
        return made(volume, CreateVolume.blank(volume.value(), larger).as(ImageFormat.RAW));
    }

    Disk encryptedDisk(VolumeId volume, Secret key) throws InterruptedException {
        CreateVolume request = CreateVolume.blank(volume.value(), SIZE).as(ImageFormat.LUKS);
        return made(volume, request.encryptedBy(key)).unlockedBy(key);
    }

    Disk overlay(VolumeId volume, Disk base) throws InterruptedException {
        return overlay(volume, base, SIZE);
    }

    Disk smallOverlay(VolumeId volume, Disk base) throws InterruptedException {
        return overlay(volume, base, SIZE.plus(ByteSize.mebibytes(1)));
    }

    /** Filled before it lies over anything. */
    Disk usedOverlay(VolumeId volume, Disk base) throws InterruptedException {
        Path filled = folder.resolve(volume.value() + ".filled");
        Path path = folder.resolve(volume.value() + ".qcow2");
        try {
            Files.write(filled, Arrays.copyOf(new byte[] {1}, (int) SIZE.bytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        qemuImg.convert(ConvertRequest.of(Image.raw(filled), Image.qcow2(path)));
        qemuImg.layers().changeBackingFile(RebaseRequest.onto(Image.qcow2(path), TestHost.image(base)));
        return Disk.of(volume, new Attachment.ImageFile(path), ImageFormat.QCOW2);
    }

    Disk encryptedOverlay(VolumeId volume, Disk base, Secret key) throws InterruptedException {
        Path path = folder.resolve(volume.value() + ".qcow2");
        Image image = Image.qcow2(path).unlockedBy(key).over(TestHost.image(base));
        QemuImg.probe(CommandRunner.local()).create(CreateRequest.of(image, SIZE));
        return Disk.of(volume, new Attachment.ImageFile(path), ImageFormat.QCOW2)
                .unlockedBy(key);
    }

    private Disk overlay(VolumeId volume, Disk base, ByteSize size) throws InterruptedException {
        Path path = folder.resolve(volume.value() + ".qcow2");
        Image image = Image.qcow2(path).over(TestHost.image(base));
        QemuImg.probe(CommandRunner.local())
                .create(CreateRequest.of(image, size).intoPlaintext());
        return Disk.of(volume, new Attachment.ImageFile(path), ImageFormat.QCOW2);
    }

    @Override
    public Disk absentDisk() {
        return Disk.of(new VolumeId("absent"), new Attachment.ImageFile(folder.resolve("absent.raw")), ImageFormat.RAW);
    }

    @Override
    public MachineSpec listening(MachineSpec spec) {
        if (spec.agentChannel() == AgentChannel.PRESENT) {
            GuestWork work = GuestWork.idle().onFileSystem().agent(GuestWork.Agent.REAL);
            return spec.booting(KernelBoot.of(guest.kernel())
                            .initrd(guest.agentInitrd())
                            .commandLine(guest.commandLine(work)))
                    .serialLog(console(spec));
        }
        return spec.booting(KernelBoot.of(guest.kernel())
                        .initrd(guest.initrd())
                        .commandLine(guest.commandLine(GuestWork.idle())))
                .serialLog(console(spec));
    }

    @Override
    public void awaitGuest(MachineSpec spec) throws InterruptedException {
        GuestConsole.at(console(spec)).awaitReady(PATIENCE);
    }

    static ByteSize sizeOf(Disk disk) {
        return ByteSize.bytes(TestHost.file(disk).toFile().length());
    }

    static String digest(Disk disk) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(TestHost.file(disk))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private Path console(MachineSpec spec) {
        return folder.resolve(spec.name() + ".console");
    }

    private Disk made(VolumeId volume, CreateVolume request) throws InterruptedException {
        DirectoryPoolDriver driver = new DirectoryPoolDriver();
        Options options = Options.parse(driver.options(), Map.of("path", folder.toString()));
        HostId here = new HostId("contract");
        try (StoragePool pool = driver.open(new PoolId("p"), StoragePoolType.LOCAL_DIRECTORY, options)) {
            Volume made = pool.create(request);
            return Disk.of(volume, pool.attach(made.id(), here), made.format());
        }
    }
}
