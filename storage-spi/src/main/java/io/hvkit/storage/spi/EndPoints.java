package io.hvkit.storage.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Incubating;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The end points of hosts, one for each. An object, not a global; any number of threads may share it.
 *
 * <pre>{@code
 * endPoints.of(selector.select(query).orThrow()).images().copy(CopyImage.onto(source, target), progress);
 * }</pre>
 *
 * <p>What it hands out refuses, before the end point sees it, what {@link Images} and {@link LuksVolumes} refuse whatever the host;
 * tells what is thrown against their contract as {@code DEFECT}; and hands on no image that is smaller than, in another format than,
 * or not encrypted as was asked for.
 */
@Incubating(since = "0.1")
public final class EndPoints implements AutoCloseable {

    private final Map<HostId, EndPoint> endPoints = new ConcurrentHashMap<>();

    private EndPoints() {}

    /** Returns end points of no host yet. */
    public static EndPoints none() {
        return new EndPoints();
    }

    /**
     * Adds the end point of a host, which is closed with these.
     *
     * @throws DriverException with {@code EXISTS_DIFFERENTLY} if there is one of that host; {@code endPoint} is left as it is
     */
    public EndPoints add(EndPoint endPoint) {
        EndPoint guarded = GuardedEndPoint.of(endPoint);
        if (endPoints.putIfAbsent(guarded.host(), guarded) != null) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("host %s has an end point already; remove that first", guarded.host());
        }
        return this;
    }

    /** Closes the end point of a host and forgets it; does nothing if there is none. */
    public void remove(HostId host) {
        EndPoint endPoint = endPoints.remove(host);
        if (endPoint != null) {
            endPoint.close();
        }
    }

    /**
     * Returns the end point of a host; whoever adds it closes it.
     *
     * @throws DriverException with {@code NOT_FOUND} if there is none
     */
    public EndPoint of(HostId host) {
        EndPoint endPoint = endPoints.get(host);
        if (endPoint == null) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .message(
                            "host %s has no end point; those that have are %s",
                            host,
                            endPoints.keySet().stream()
                                    .map(HostId::value)
                                    .collect(Collectors.toCollection(TreeSet::new)));
        }
        return endPoint;
    }

    /**
     * Returns what looks at hosts for an {@link EndPointSelector}.
     *
     * @param known what else is known of a host: where it is, how it stands, what it reaches
     */
    public EndPointSelector.Probe probing(Function<HostId, EndPointFacts> known) {
        return host -> known.apply(host).seeing(of(host).probe());
    }

    /** Closes them all; one that fails does not keep the others from it. Closing twice does nothing. */
    @Override
    public void close() {
        List<DriverException> failed = new ArrayList<>();
        for (HostId host : List.copyOf(endPoints.keySet())) {
            try {
                remove(host);
            } catch (DriverException e) {
                failed.add(e);
            }
        }
        if (!failed.isEmpty()) {
            DriverException first = failed.remove(0);
            failed.forEach(first::addSuppressed);
            throw first;
        }
    }
}
