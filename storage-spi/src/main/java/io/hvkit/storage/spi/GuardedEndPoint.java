package io.hvkit.storage.spi;

import io.hvkit.core.HostFacts;
import io.hvkit.core.HostId;
import io.hvkit.core.internal.PluginBoundary;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** An end point that is asked for nothing that cannot be, and hands on no image that is not as asked for. */
final class GuardedEndPoint implements EndPoint {

    private final EndPoint endPoint;
    private final PluginBoundary boundary;
    private final HostId host;
    private final AtomicBoolean closed = new AtomicBoolean();

    private GuardedEndPoint(EndPoint endPoint, PluginBoundary boundary, HostId host) {
        this.endPoint = endPoint;
        this.boundary = boundary;
        this.host = host;
    }

    static EndPoint of(EndPoint endPoint) {
        if (endPoint instanceof GuardedEndPoint) {
            return endPoint;
        }
        PluginBoundary boundary = new PluginBoundary(endPoint.getClass());
        return new GuardedEndPoint(endPoint, boundary, boundary.ask("host", endPoint::host));
    }

    @Override
    public HostId host() {
        return host;
    }

    @Override
    public HostFacts probe() throws InterruptedException {
        return boundary.call("probe", endPoint::probe);
    }

    @Override
    public Images images() {
        return new GuardedImages(boundary.ask("images", endPoint::images), boundary);
    }

    @Override
    public Optional<LuksVolumes> luks() {
        return boundary.ask("luks", endPoint::luks).map(luks -> new GuardedLuks(luks, boundary));
    }

    @Override
    public Optional<DeviceAccess> deviceAccess() {
        return boundary.ask("deviceAccess", endPoint::deviceAccess).map(access -> new GuardedDevices(access, boundary));
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            boundary.ask("close", () -> {
                endPoint.close();
                return endPoint;
            });
        }
    }

    @Override
    public String toString() {
        return "end point of " + host + " by " + boundary.provider();
    }
}
