package io.hvkit.storage.spi;

import io.hvkit.core.HostId;
import io.hvkit.core.Incubating;
import java.util.function.Function;

/** Which hosts come into question. Closed: a new case is a new major version. */
@Incubating(since = "0.1")
public sealed interface Scope {

    /** Every host of a zone. */
    record Zone(String name) implements Scope {}

    /** Every host of a cluster. */
    record Cluster(String name) implements Scope {}

    /** One host. */
    record Host(HostId id) implements Scope {}

    /** Returns every host of a zone. */
    static Scope zone(String name) {
        return new Zone(name);
    }

    /** Returns every host of a cluster. */
    static Scope cluster(String name) {
        return new Cluster(name);
    }

    /** Returns one host. */
    static Scope host(HostId id) {
        return new Host(id);
    }

    /** Answers for whichever case this is; the compiler sees to it that none is left out. */
    default <R> R match(
            Function<? super Zone, ? extends R> zone,
            Function<? super Cluster, ? extends R> cluster,
            Function<? super Host, ? extends R> host) {
        if (this instanceof Zone z) {
            return zone.apply(z);
        }
        if (this instanceof Cluster c) {
            return cluster.apply(c);
        }
        return host.apply((Host) this);
    }

    /** Returns whether a host is in it. */
    default boolean contains(EndPointFacts facts) {
        return match(
                zone -> zone.name().equals(facts.zone()),
                cluster -> cluster.name().equals(facts.cluster()),
                host -> host.id().equals(facts.host()));
    }
}
