package io.hvkit.vmware.internal.machine;

import io.hvkit.core.HostId;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimClient;
import java.time.Duration;

/**
 * One host of a vCenter, and where its machines are.
 *
 * @param name the host's in the inventory
 * @param folder that machines are made and looked for in
 * @param pool whose resources they get
 * @param datastore that their own files are made on
 * @param patience how long a task may take
 * @param policy what the operator wants of clones and of work in parallel
 * @param heavy shared with all hosts of the vCenter
 */
public record Site(
        HostId id,
        VimClient client,
        String name,
        Ref host,
        Ref datacenter,
        Ref folder,
        Ref pool,
        String datastore,
        Duration patience,
        ClonePolicy policy,
        HeavyWork heavy) {}
