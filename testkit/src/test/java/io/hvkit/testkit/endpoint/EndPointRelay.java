package io.hvkit.testkit.endpoint;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostId;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.Deltas;
import io.hvkit.storage.spi.DeviceAccess;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.ImageMeasure;
import io.hvkit.storage.spi.ImageReport;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.LuksAttestation;
import io.hvkit.storage.spi.LuksVolumes;
import java.util.Optional;

/** Passes everything on; a test overrides the one thing that it does wrong. */
class EndPointRelay implements EndPoint, Images, LuksVolumes, DeviceAccess {

    final EndPoint real;
    final InMemoryFiles files;

    EndPointRelay(InMemoryEndPoint real) {
        this.real = real;
        this.files = real.files();
    }

    @Override
    public HostId host() {
        return real.host();
    }

    @Override
    public HostFacts probe() throws InterruptedException {
        return real.probe();
    }

    @Override
    public Images images() {
        return this;
    }

    @Override
    public Optional<LuksVolumes> luks() {
        return Optional.of(this);
    }

    @Override
    public Optional<DeviceAccess> deviceAccess() {
        return Optional.of(this);
    }

    @Override
    public ImageReport create(DiskImage image, ByteSize size) throws InterruptedException {
        return real.images().create(image, size);
    }

    @Override
    public ImageReport copy(CopyImage request, ProgressListener listener) throws InterruptedException {
        return real.images().copy(request, listener);
    }

    @Override
    public ImageReport copyAsIs(DiskImage source, DiskImage target) throws InterruptedException {
        return real.images().copyAsIs(source, target);
    }

    @Override
    public Optional<Deltas> deltas() throws InterruptedException {
        return real.images().deltas();
    }

    @Override
    public boolean areEqual(DiskImage one, DiskImage other, ProgressListener listener) throws InterruptedException {
        return real.images().areEqual(one, other, listener);
    }

    @Override
    public ImageMeasure measure(DiskImage image, ByteSize size) throws InterruptedException {
        return real.images().measure(image, size);
    }

    @Override
    public ImageMeasure measure(CopyImage request) throws InterruptedException {
        return real.images().measure(request);
    }

    @Override
    public ImageReport inspect(DiskImage image) throws InterruptedException {
        return real.images().inspect(image);
    }

    @Override
    public Optional<ByteSize> occupied(DiskImage image) throws InterruptedException {
        return real.images().occupied(image);
    }

    @Override
    public Optional<ByteSize> allocated(DiskImage image) throws InterruptedException {
        return real.images().allocated(image);
    }

    @Override
    public boolean isIncomplete(DiskImage image) throws InterruptedException {
        return real.images().isIncomplete(image);
    }

    @Override
    public ImageReport growTo(DiskImage image, ByteSize size) throws InterruptedException {
        return real.images().growTo(image, size);
    }

    @Override
    public LuksAttestation format(DiskImage volume) throws InterruptedException {
        return real.luks().orElseThrow().format(volume);
    }

    @Override
    public Optional<LuksAttestation> attest(DiskImage volume) throws InterruptedException {
        return real.luks().orElseThrow().attest(volume);
    }

    @Override
    public boolean opens(DiskImage volume) throws InterruptedException {
        return real.luks().orElseThrow().opens(volume);
    }

    @Override
    public LuksAttestation addKey(DiskImage volume, Secret added) throws InterruptedException {
        return real.luks().orElseThrow().addKey(volume, added);
    }

    @Override
    public LuksAttestation removeKey(DiskImage volume, Secret removed) throws InterruptedException {
        return real.luks().orElseThrow().removeKey(volume, removed);
    }

    @Override
    public Optional<ByteSize> sizeOf(Attachment attachment) throws InterruptedException {
        return real.deviceAccess().orElseThrow().sizeOf(attachment);
    }

    @Override
    public void close() {
        real.close();
    }
}
