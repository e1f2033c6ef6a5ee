package io.hvkit.scaleio;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostId;
import io.hvkit.core.Secret;
import io.hvkit.kvm.KvmEndPoint;
import io.hvkit.powerflex.simulator.SimulatedSystem;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.ImageReport;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.LuksAttestation;
import io.hvkit.storage.spi.LuksVolumes;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A host that works on the files behind the simulated devices, so that contracts take no loop devices; its programs are the real ones.
 */
record FilesForDevices(HostId host, SimulatedSystem system, EndPoint real) implements EndPoint, LuksVolumes {

    private static final int ID = 16;

    FilesForDevices(HostId host, SimulatedSystem system) {
        this(host, system, KvmEndPoint.by(host, CommandRunner.local()));
    }

    private DiskImage file(DiskImage device) {
        String name = device.attachment().requirePath().getFileName().toString();
        Attachment file = new Attachment.ImageFile(system.contentOf(name.substring(name.length() - ID)));
        DiskImage image = DiskImage.at(file, device.format());
        return device.key().map(image::unlockedBy).orElse(image);
    }

    private LuksVolumes tools() {
        return real.luks().orElseThrow();
    }

    @Override
    public Optional<LuksVolumes> luks() {
        return Optional.of(this);
    }

    @Override
    public LuksAttestation format(DiskImage volume) throws InterruptedException {
        return tools().format(file(volume));
    }

    @Override
    public Optional<LuksAttestation> attest(DiskImage volume) throws InterruptedException {
        return tools().attest(file(volume));
    }

    @Override
    public boolean opens(DiskImage volume) throws InterruptedException {
        return tools().opens(file(volume));
    }

    @Override
    public LuksAttestation addKey(DiskImage volume, Secret added) throws InterruptedException {
        return tools().addKey(file(volume), added);
    }

    @Override
    public LuksAttestation removeKey(DiskImage volume, Secret removed) throws InterruptedException {
        return tools().removeKey(file(volume), removed);
    }

    @Override
    public HostFacts probe() throws InterruptedException {
        return real.probe();
    }

    /** Images of qcow2 are made; nothing else is asked for. */
    @Override
    public Images images() {
        return (Images) Proxy.newProxyInstance(
                Images.class.getClassLoader(), new Class<?>[] {Images.class}, (proxy, method, arguments) -> {
                    if (!method.getName().equals("create")) {
                        throw new UnsupportedOperationException(method.getName());
                    }
                    return image((DiskImage) arguments[0], (ByteSize) arguments[1]);
                });
    }

    /** On a device an image is made where it is blank, and as a file where there is none: so what is blank is taken away for the moment. */
    private ImageReport image(DiskImage device, ByteSize size) throws InterruptedException, IOException {
        DiskImage image = file(device);
        Path path = image.attachment().requirePath();
        long length = Files.size(path);
        try (RandomAccessFile there = new RandomAccessFile(path.toFile(), "r")) {
            if (there.readInt() == 0) {
                Files.delete(path);
            }
        }
        ImageReport made = real.images().create(image, size);
        try (RandomAccessFile whole = new RandomAccessFile(path.toFile(), "rw")) {
            whole.setLength(length);
        }
        return made;
    }

    @Override
    public void close() {
        real.close();
    }
}
