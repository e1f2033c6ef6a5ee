package io.hvkit.testkit.endpoint;

import io.hvkit.core.ByteSize;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.storage.spi.DeviceAccess;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.LuksVolumes;
import java.time.Instant;
import java.util.Optional;

/** The end point of a host in memory. */
record InMemoryEndPoint(HostId host, InMemoryFiles files) implements EndPoint {

    @Override
    public HostFacts probe() {
        return HostFacts.at(Instant.now())
                .having(HostFeature.QEMU_IMG, "images are made in memory")
                .having(HostFeature.VOLUME_ENCRYPTION, "keys are kept apart in memory")
                .lacking(HostFeature.POWERFLEX_CLIENT, "nothing is attached to memory");
    }

    @Override
    public Images images() {
        return new InMemoryImages(files);
    }

    @Override
    public Optional<LuksVolumes> luks() {
        return Optional.of(new InMemoryLuks(files));
    }

    @Override
    public Optional<DeviceAccess> deviceAccess() {
        return Optional.of(place -> files.find(place).map(this::stored));
    }

    private ByteSize stored(InMemoryImage image) {
        return image.stored();
    }

    @Override
    public void close() {
        // nothing is open
    }
}
