package io.hvkit.vmware;

import io.hvkit.core.Incubating;
import io.hvkit.storage.spi.ClusterSight;
import io.hvkit.vmware.internal.datastore.ClusterReader;
import io.hvkit.vmware.internal.soap.VimClient;
import java.util.List;
import java.util.Optional;

/**
 * The clusters of datastores of a datacenter, as its vCenter shows them now, for who wants to choose one. {@link
 * VmwareDatastoreDriver#clusters} opens it. One is added as a pool of type {@link VmwareDatastoreDriver#CLUSTER}.
 */
@Incubating(since = "0.1")
public final class DatastoreClusters implements AutoCloseable {

    private final VimClient client;
    private final ClusterReader reader;

    DatastoreClusters(VimClient client, ClusterReader reader) {
        this.client = client;
        this.reader = reader;
    }

    /** Returns all of them, in folders too; one without children is among them. */
    public List<ClusterSight> list() throws InterruptedException {
        return reader.sights();
    }

    /** Returns the one of that name, if there is one. */
    public Optional<ClusterSight> find(String name) throws InterruptedException {
        return list().stream().filter(cluster -> cluster.name().equals(name)).findFirst();
    }

    /** Ends the session. Closing twice does nothing. */
    @Override
    public void close() {
        client.close();
    }
}
