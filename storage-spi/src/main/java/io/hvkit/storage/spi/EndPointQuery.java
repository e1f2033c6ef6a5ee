package io.hvkit.storage.spi;

import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * A question for a host to run a storage job. Immutable.
 *
 * @param scope where to look
 * @param action what is to be done
 * @param pools every pool and image store that takes part; the host must reach all of them
 * @param needs what the host must have
 * @param machine where the machine is whose volumes these are
 * @param preferred the hosts to take if they qualify, best first
 * @param excluded the hosts not to take, such as those where it failed
 * @param owner for whom it is done
 */
@Incubating(since = "0.1")
public record EndPointQuery(
        Scope scope,
        StorageAction action,
        Set<PoolId> pools,
        Set<HostFeature> needs,
        Optional<Machine> machine,
        Set<HostId> preferred,
        Set<HostId> excluded,
        Optional<String> owner) {

    /**
     * Where a machine is.
     *
     * @param host its host, or the one where it was last
     * @param life whether it runs there
     */
    public record Machine(HostId host, Life life) {}

    /** Whether a machine runs. */
    public enum Life {
        /** It runs on its host. */
        RUNNING,
        /** It was on that host last. */
        STOPPED
    }

    /** Copies the sets. */
    public EndPointQuery {
        pools = Set.copyOf(pools);
        needs = Set.copyOf(needs);
        preferred = Collections.unmodifiableSet(new LinkedHashSet<>(preferred));
        excluded = Set.copyOf(excluded);
    }

    /** Asks for any host in {@code scope} for work that no running machine sees. */
    public static EndPointQuery anyIn(Scope scope) {
        return new EndPointQuery(
                scope,
                StorageAction.WORK_AT_REST,
                Set.of(),
                Set.of(),
                Optional.empty(),
                Set.of(),
                Set.of(),
                Optional.empty());
    }

    /** Asks for this action. */
    public EndPointQuery doing(StorageAction wanted) {
        return new EndPointQuery(scope, wanted, pools, needs, machine, preferred, excluded, owner);
    }

    /** Asks for hosts that reach one more pool or image store. */
    public EndPointQuery reaching(PoolId pool) {
        return new EndPointQuery(scope, action, with(pools, pool), needs, machine, preferred, excluded, owner);
    }

    /** Asks for hosts with one more feature. */
    public EndPointQuery needing(HostFeature feature) {
        EnumSet<HostFeature> more = EnumSet.of(feature);
        more.addAll(needs);
        return new EndPointQuery(scope, action, pools, more, machine, preferred, excluded, owner);
    }

    /**
     * Says that the volumes are those of a machine that runs on that host. Some actions are for that host alone, see {@link
     * StorageAction#isDoneByRunningMachinesHost}; for others it is preferred, after those that are preferred by name.
     */
    public EndPointQuery ofMachineOn(HostId host) {
        return of(new Machine(host, Life.RUNNING));
    }

    /**
     * Says that the volumes are those of a machine that does not run and was on that host last, which is preferred, after those
     * that are preferred by name.
     */
    public EndPointQuery ofMachineLastOn(HostId host) {
        return of(new Machine(host, Life.STOPPED));
    }

    private EndPointQuery of(Machine whose) {
        return new EndPointQuery(scope, action, pools, needs, Optional.of(whose), preferred, excluded, owner);
    }

    /** Asks for {@code host} if it qualifies, after those that were preferred before. */
    public EndPointQuery preferring(HostId host) {
        return new EndPointQuery(scope, action, pools, needs, machine, with(preferred, host), excluded, owner);
    }

    /** Asks for any host but this one. */
    public EndPointQuery excluding(HostId host) {
        return new EndPointQuery(scope, action, pools, needs, machine, preferred, with(excluded, host), owner);
    }

    /** Says for whom it is done; the hosts that are kept for them are as good as others. */
    public EndPointQuery forOwner(String name) {
        return new EndPointQuery(scope, action, pools, needs, machine, preferred, excluded, Optional.of(name));
    }

    /** Returns the host that alone may do it, since a machine runs there with the volumes. */
    Optional<HostId> pinned() {
        return machine.filter(m -> m.life == Life.RUNNING && action.isDoneByRunningMachinesHost())
                .map(Machine::host);
    }

    private static <E> Set<E> with(Set<E> some, E one) {
        Set<E> more = new LinkedHashSet<>(some);
        more.add(one);
        return more;
    }
}
