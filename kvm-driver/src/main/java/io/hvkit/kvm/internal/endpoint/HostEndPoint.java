package io.hvkit.kvm.internal.endpoint;

import io.hvkit.core.HostFacts;
import io.hvkit.core.HostId;
import io.hvkit.kvm.internal.host.EncryptionProbe;
import io.hvkit.storage.spi.DeviceAccess;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.LuksVolumes;
import java.time.Instant;
import java.util.Optional;

/** A host whose own qemu-img and cryptsetup do the work. */
public final class HostEndPoint implements EndPoint {

    private final HostId host;
    private final HostPrograms programs;
    private final Tools tools;
    private final Places places;

    /** Reaches for nothing yet; closes {@code programs} with itself. */
    public HostEndPoint(HostId host, HostPrograms programs) {
        this.host = host;
        this.programs = programs;
        this.tools = new Tools(programs);
        this.places = new Places(tools);
    }

    @Override
    public HostId host() {
        return host;
    }

    @Override
    public HostFacts probe() throws InterruptedException {
        return new EncryptionProbe(tools.runner(), EncryptionProbe.USUAL_LIMIT).addTo(HostFacts.at(Instant.now()));
    }

    @Override
    public Images images() {
        return new HostImages(tools, places);
    }

    @Override
    public Optional<LuksVolumes> luks() {
        return Optional.of(new HostLuks(tools, places));
    }

    @Override
    public Optional<DeviceAccess> deviceAccess() {
        return Optional.of(places::sizeOf);
    }

    @Override
    public void close() {
        programs.close();
    }

    @Override
    public String toString() {
        return "end point of " + host;
    }
}
