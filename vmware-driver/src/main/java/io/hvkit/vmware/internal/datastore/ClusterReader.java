package io.hvkit.vmware.internal.datastore;

import io.hvkit.core.ByteSize;
import io.hvkit.vmware.cluster.ClusterChild;
import io.hvkit.vmware.cluster.ClusterChild.Trouble;
import io.hvkit.vmware.cluster.DatastoreCluster;
import io.hvkit.vmware.cluster.DatastoreUuid;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimClient;
import io.hvkit.vmware.internal.soap.VimFault;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads clusters of datastores. What a vCenter sums up of them is not believed: children are asked themselves. */
public final class ClusterReader {

    private static final String[] CHILD = {
        "name",
        "summary.url",
        "summary.type",
        "summary.capacity",
        "summary.freeSpace",
        "summary.accessible",
        "summary.maintenanceMode",
        "host"
    };

    private final VimClient client;
    private final Ref datacenter;

    private ClusterReader(VimClient client, Ref datacenter) {
        this.client = client;
        this.datacenter = datacenter;
    }

    /** Returns the reader of a datacenter's clusters; {@code NOT_FOUND} if there is no such datacenter. */
    public static ClusterReader open(VimClient client, String datacenter) throws InterruptedException {
        try {
            return new ClusterReader(client, DatastoreOpening.datacenter(client, datacenter));
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    /** Returns all clusters of the datacenter, in folders too. */
    public List<DatastoreCluster> all() throws InterruptedException {
        try {
            Optional<Ref> root = client.properties()
                    .read(datacenter, "datastoreFolder")
                    .value("datastoreFolder")
                    .map(Node::ref);
            List<DatastoreCluster> all = new ArrayList<>();
            if (root.isPresent()) {
                collect(root.get(), all);
            }
            return List.copyOf(all);
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    private void collect(Ref folder, List<DatastoreCluster> all) throws VimFault, LostAnswer, InterruptedException {
        for (Properties.Found pod : client.properties().readAll(folder, "childEntity", "StoragePod", "name")) {
            all.add(cluster(pod));
        }
        for (Properties.Found below : client.properties().readAll(folder, "childEntity", "Folder", "name")) {
            if (below.ref().type().equals("Folder")) { // a cluster is a folder, too
                collect(below.ref(), all);
            }
        }
    }

    private DatastoreCluster cluster(Properties.Found pod) throws VimFault, LostAnswer, InterruptedException {
        List<ClusterChild> children = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        for (Properties.Found child : client.properties().readAll(pod.ref(), "childEntity", "Datastore", CHILD)) {
            DatastoreUuid.ofUrl(child.text("summary.url"))
                    .ifPresentOrElse(uuid -> children.add(child(uuid, child)), () -> unknown.add(child.text("name")));
        }
        return new DatastoreCluster(pod.text("name"), children, unknown);
    }

    private static ClusterChild child(DatastoreUuid uuid, Properties.Found found) {
        ByteSize capacity = size(found.text("summary.capacity"));
        ByteSize free = size(found.text("summary.freeSpace"));
        return new ClusterChild(
                uuid,
                found.text("name"),
                found.text("summary.type"),
                capacity,
                free.compareTo(capacity) > 0 ? capacity : free, // the two are not of one moment
                troubles(found));
    }

    private static ByteSize size(String text) {
        return text.isEmpty() ? ByteSize.ZERO : ByteSize.bytes(Long.parseLong(text));
    }

    private static Set<Trouble> troubles(Properties.Found found) {
        EnumSet<Trouble> troubles = EnumSet.noneOf(Trouble.class);
        if (!found.text("summary.accessible").equals("true")) {
            troubles.add(Trouble.INACCESSIBLE);
        }
        if (!DatastoreSite.isNormal(found)) {
            troubles.add(Trouble.IN_MAINTENANCE);
        }
        boolean mounted = found.value("host").stream()
                .flatMap(mounts -> mounts.all("DatastoreHostMount"))
                .anyMatch(ClusterReader::isMounted);
        if (!mounted) {
            troubles.add(Trouble.NOT_MOUNTED);
        }
        return troubles;
    }

    /** What a host does not say is so: old ones say neither. */
    private static boolean isMounted(Node mount) {
        return !mount.text("mountInfo", "mounted").equals("false")
                && !mount.text("mountInfo", "accessible").equals("false");
    }
}
