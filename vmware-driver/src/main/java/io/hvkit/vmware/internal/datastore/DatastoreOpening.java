package io.hvkit.vmware.internal.datastore;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimClient;
import io.hvkit.vmware.internal.soap.VimFault;
import java.time.Duration;
import java.util.Set;

/** Finds a datastore in a vCenter's inventory, and says what is missing. */
public final class DatastoreOpening {

    /**
     * What is looked for.
     *
     * @param datacenter its name or path in the inventory
     * @param datastore its name
     * @param kinds what the API may call its file system
     */
    public record Wanted(PoolId id, String datacenter, String datastore, Set<String> kinds) {}

    private DatastoreOpening() {}

    /** Finds it; closing the pool closes the client. */
    public static DatastorePool open(VimClient client, Wanted wanted, StoragePoolType type, Duration patience)
            throws InterruptedException {
        try {
            return new DatastorePool(find(client, wanted, patience), type);
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    private static DatastoreSite find(VimClient client, Wanted wanted, Duration patience)
            throws VimFault, LostAnswer, InterruptedException {
        Ref datacenter = datacenter(client, wanted.datacenter());
        Properties.Found datastore =
                client.properties().readAll(datacenter, "datastore", "Datastore", "name", "summary.type").stream()
                        .filter(found -> found.text("name").equals(wanted.datastore()))
                        .findFirst()
                        .orElseThrow(() -> missing(client, "datastore", wanted.datastore()));
        String kind = datastore.text("summary.type");
        if (!wanted.kinds().contains(kind)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "option datastore: %s is of type %s, and this pool is to be one of %s",
                            wanted.datastore(), kind, wanted.kinds());
        }
        DatastoreSite site = new DatastoreSite(
                wanted.id(), client, wanted.datastore(), datastore.ref(), datacenter, wanted.datacenter(), patience);
        site.requireAccessible();
        return site;
    }

    static Ref datacenter(VimClient client, String path) throws VimFault, LostAnswer, InterruptedException {
        return client.call(Call.reading(
                        client.service("searchIndex"),
                        Data.of("FindByInventoryPath").with("inventoryPath", path)))
                .at("returnval")
                .map(Node::ref)
                .filter(found -> found.type().equals("Datacenter"))
                .orElseThrow(() -> missing(client, "datacenter", path));
    }

    private static DriverException missing(VimClient client, String option, String what) {
        return DriverException.because(Failure.NOT_FOUND)
                .message(
                        "option %s: the vCenter %s shows us no %s '%s'; look at the spelling, and at what the account may see",
                        option, client.vcenter(), option, what);
    }
}
