package io.hvkit.engine;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.core.Incubating;
import io.hvkit.storage.spi.EndPoint;
import java.util.Optional;

/**
 * Brings the end points of hosts: what runs storage jobs there. It is asked by each process for itself, since hosts are added and removed
 * by any of them.
 *
 * <pre>{@code
 * config.endPointsFrom(host -> Optional.of(KvmEndPoint.at(host.hostId(), URI.create(host.options().text("uri")))));
 * }</pre>
 */
@FunctionalInterface
@Incubating(since = "0.1")
public interface EndPointSource {

    /** Brings none: no host runs storage jobs. */
    EndPointSource NONE = host -> Optional.empty();

    /**
     * Returns a new end point whose host is {@link HostRecord#hostId}, or nothing if that host runs no storage jobs. Asked once for each
     * host, when the first job is about to run there, and again after it was removed and added. Reaches for nothing yet. Whoever asks
     * closes it. Any thread may ask.
     */
    Optional<EndPoint> open(HostRecord host);
}
