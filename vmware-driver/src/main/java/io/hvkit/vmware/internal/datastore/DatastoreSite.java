package io.hvkit.vmware.internal.datastore;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.vmware.internal.machine.DiskFile;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimClient;
import io.hvkit.vmware.internal.soap.VimFault;
import java.time.Duration;
import java.util.Optional;

/**
 * One datastore of a vCenter.
 *
 * @param name its name when it was opened; it is part of each path
 * @param datacenter that it is in
 * @param inventoryPath where that is
 * @param patience how long a task may take
 */
record DatastoreSite(
        PoolId id,
        VimClient client,
        String name,
        Ref datastore,
        Ref datacenter,
        String inventoryPath,
        Duration patience) {

    private static final String ACCESSIBLE = "summary.accessible";
    private static final String MODE = "summary.maintenanceMode";

    /** Fails unless its files can be seen: what cannot be seen is not gone. */
    void requireAccessible() throws InterruptedException {
        Properties.Found now = read(ACCESSIBLE);
        if (!now.text(ACCESSIBLE).equals("true")) {
            throw inaccessible();
        }
    }

    /** Fails unless new volumes may be made. */
    void requireFitForNew() throws InterruptedException {
        Properties.Found now = read(ACCESSIBLE, MODE);
        if (!now.text(ACCESSIBLE).equals("true")) {
            throw inaccessible();
        }
        if (!isNormal(now)) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "datastore %s is in maintenance (%s), and gets no new volumes; end that, or take another pool",
                            name, now.text(MODE));
        }
    }

    static boolean isNormal(Properties.Found datastore) {
        String mode = datastore.text(MODE);
        return mode.isEmpty() || mode.equals("normal");
    }

    private DriverException inaccessible() {
        return DriverException.because(Failure.HOST_NOT_READY)
                .message(
                        "datastore %s is not accessible: no host reaches it, so nothing is known of its volumes; look at the"
                                + " hosts' connections to it",
                        name);
    }

    /** Returns the datastore of the same datacenter that a file is on. */
    DatastoreSite beside(DiskFile file) throws InterruptedException {
        try {
            Ref other = client.properties().readAll(datacenter, "datastore", "Datastore", "name").stream()
                    .filter(found -> found.text("name").equals(file.datastore()))
                    .map(Properties.Found::ref)
                    .findFirst()
                    .orElseThrow(() -> DriverException.because(Failure.HOST_NOT_READY)
                            .message("the datastore of %s is not to be seen any more", file));
            return new DatastoreSite(id, client, file.datastore(), other, datacenter, inventoryPath, patience);
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    /** Returns its UUID; nothing if it says none. */
    Optional<DatastoreUuid> uuid() throws InterruptedException {
        return DatastoreUuid.ofUrl(read("summary.url").text("summary.url"));
    }

    /** Reads its properties. */
    Properties.Found read(String... paths) throws InterruptedException {
        try {
            return client.properties().read(datastore, paths);
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }
}
