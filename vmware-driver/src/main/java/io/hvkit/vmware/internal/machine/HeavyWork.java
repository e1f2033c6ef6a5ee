package io.hvkit.vmware.internal.machine;

import io.hvkit.core.MachineId;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How much heavy work is done at once: by each host, on each datastore, and by the vCenter. A host has sixteen units, of which a move of
 * storage needs eight, a full clone four and a linked one a single one. Starting, stopping and changing a machine needs none, so
 * that it never waits for another machine's disks; one change at a time of each machine is {@link MachineLocks}' business.
 *
 * <p>Where disks are copied and that is not allowed in parallel, a host does one piece of heavy work at a time.
 */
public final class HeavyWork {

    /** A kind of heavy work. */
    enum Kind {
        STORAGE_MOVE(8, 16),
        MOVE(2, 1),
        FULL_CLONE(4, 16),
        LINKED_CLONE(1, 1);

        private final int ofHost;
        private final int ofDatastore;

        Kind(int ofHost, int ofDatastore) {
            this.ofHost = ofHost;
            this.ofDatastore = ofDatastore;
        }
    }

    private static final String HOST = "host";
    private static final String DATASTORE = "datastore";
    private static final String VCENTER = "vcenter";
    private static final Map<String, Integer> UNITS = Map.of(HOST, 16, DATASTORE, 128, VCENTER, 128);

    private final MachineLocks imports = new MachineLocks();
    private final Limits limits = new Limits(key -> UNITS.getOrDefault(key.kind(), 1));

    /** Makes one for a vCenter, on which nothing is done yet. */
    public HeavyWork() {}

    /** Does work as soon as all that it needs has room for it. */
    <T> T during(
            Kind kind,
            ClonePolicy policy,
            Collection<String> hosts,
            Collection<String> datastores,
            MachineLocks.Work<T> work)
            throws InterruptedException {
        Map<Limits.Key, Integer> shares = new LinkedHashMap<>();
        int ofHost = policy.isSequential(datastores) ? UNITS.getOrDefault(HOST, 1) : kind.ofHost;
        hosts.forEach(host -> shares.put(new Limits.Key(HOST, host), ofHost));
        datastores.forEach(datastore -> shares.put(new Limits.Key(DATASTORE, datastore), kind.ofDatastore));
        shares.put(new Limits.Key(VCENTER, ""), 1);
        return limits.within(shares, work);
    }

    /** Imports under one name: each finds what the one before it made. */
    <T> T importing(MachineId name, MachineLocks.Work<T> work) throws InterruptedException {
        return imports.alone(name, work);
    }
}
