package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimClient;
import io.hvkit.vmware.internal.soap.VimFault;
import java.util.List;
import java.util.Optional;

/** The machines and templates of a datacenter, whoever made them: any of them may need a disk. */
public final class DatacenterMachines {

    /** The property that names the datastores that a machine has files on, as far as the vCenter knows them. */
    public static final String DATASTORES = "datastore";

    private DatacenterMachines() {}

    /** Reads properties of all of them. */
    public static List<Properties.Found> read(VimClient client, Ref datacenter, String... paths)
            throws InterruptedException {
        try {
            Optional<Ref> folder = client.properties()
                    .read(datacenter, "vmFolder")
                    .value("vmFolder")
                    .map(Node::ref);
            if (folder.isEmpty()) {
                throw DriverException.because(Failure.BAD_CREDENTIALS)
                        .message(
                                "the account may not see the datacenter's machines, which is needed to protect their disks");
            }
            return client.properties().readMachines(folder.get(), paths);
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    /** Returns the datastores that one of them has files on; none if it was not asked for {@link #DATASTORES}, or does not say. */
    public static List<Ref> datastores(Properties.Found machine) {
        return machine.value(DATASTORES).stream()
                .flatMap(all -> all.children().stream())
                .map(Node::ref)
                .toList();
    }
}
