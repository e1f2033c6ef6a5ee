package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimClient;
import io.hvkit.vmware.internal.soap.VimFault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Finds a host in a vCenter's inventory, with all that machines on it need, and says what is missing. */
public final class Opening {

    /**
     * What is looked for, by the names that the inventory has.
     *
     * @param folder below the datacenter's folder for machines; empty for that itself
     */
    public record Wanted(HostId id, String datacenter, String host, String folder, String datastore) {}

    /** How work is done there. */
    public record Manner(Duration patience, ClonePolicy policy, HeavyWork heavy) {}

    private final VimClient client;
    private final Wanted wanted;
    private final Manner manner;

    /** Makes one that has asked nothing yet. */
    public Opening(VimClient client, Wanted wanted, Manner manner) {
        this.client = client;
        this.wanted = wanted;
        this.manner = manner;
    }

    /** Finds it. */
    public Site open() throws InterruptedException {
        try {
            return find();
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    private Site find() throws VimFault, LostAnswer, InterruptedException {
        Ref datacenter = at("datacenter", wanted.datacenter(), "Datacenter");
        String machines = wanted.datacenter() + "/vm" + (wanted.folder().isEmpty() ? "" : "/" + wanted.folder());
        Ref folder = at("folder", machines, "Folder");
        Properties.Found host = host(at("datacenter", wanted.datacenter() + "/host", "Folder"));
        requireDatastore(host.ref());
        Ref compute = host.value("parent").map(Node::ref).orElseThrow(() -> missing("host", wanted.host()));
        Ref pool = client.properties()
                .read(compute, "resourcePool")
                .value("resourcePool")
                .map(Node::ref)
                .orElseThrow(() -> missing("host", wanted.host()));
        return new Site(
                wanted.id(),
                client,
                wanted.host(),
                host.ref(),
                datacenter,
                folder,
                pool,
                wanted.datastore(),
                manner.patience(),
                manner.policy(),
                manner.heavy());
    }

    private Ref at(String option, String path, String type) throws VimFault, LostAnswer, InterruptedException {
        return client.call(Call.reading(
                        client.service("searchIndex"),
                        Data.of("FindByInventoryPath").with("inventoryPath", path)))
                .at("returnval")
                .map(Node::ref)
                .filter(found -> found.type().equals(type))
                .orElseThrow(() -> missing(option, path));
    }

    private Properties.Found host(Ref folder) throws VimFault, LostAnswer, InterruptedException {
        List<Properties.Found> hosts = client.properties().readHosts(folder, "name", "parent");
        return hosts.stream()
                .filter(found -> found.text("name").equals(wanted.host()))
                .findFirst()
                .orElseThrow(() -> missing("host", wanted.host()));
    }

    private void requireDatastore(Ref host) throws VimFault, LostAnswer, InterruptedException {
        Optional<Properties.Found> found = client
                .properties()
                .readAll(host, "datastore", "Datastore", "name", "summary.accessible", "summary.maintenanceMode")
                .stream()
                .filter(each -> each.text("name").equals(wanted.datastore()))
                .findFirst();
        Properties.Found datastore = found.orElseThrow(() -> missing("datastore", wanted.datastore()));
        String mode = datastore.text("summary.maintenanceMode");
        if (!datastore.text("summary.accessible").equals("true") || !(mode.isEmpty() || mode.equals("normal"))) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "option datastore: %s is not accessible, or in maintenance: machines could not be made on it",
                            wanted.datastore());
        }
    }

    private DriverException missing(String option, String what) {
        return DriverException.because(Failure.NOT_FOUND)
                .message(
                        "option %s: the vCenter %s shows us no %s '%s'; look at the spelling, and at what the account may see",
                        option, client.vcenter(), option, what);
    }
}
