package io.hvkit.scaleio;

import io.hvkit.core.Attachment;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostId;
import io.hvkit.core.Secret;
import io.hvkit.kvm.KvmEndPoint;
import io.hvkit.powerflex.simulator.SimulatedSystem;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.LuksAttestation;
import io.hvkit.storage.spi.LuksVolumes;
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

    @Override
    public Images images() {
        return real.images();
    }

    @Override
    public void close() {
        real.close();
    }
}
