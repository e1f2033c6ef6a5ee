package io.hvkit.vmware.internal.datastore;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.storage.spi.ClusterSight;
import io.hvkit.storage.spi.PoolChild;
import io.hvkit.storage.spi.PoolChild.Trouble;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimClient;
import io.hvkit.vmware.internal.soap.VimFault;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Reads clusters of datastores. What a vCenter sums up of them is not believed: children are asked themselves. */
public final class ClusterReader {

    private static final String DATASTORE = "datastore";
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
    private final Map<String, StoragePoolType> kinds;

    private ClusterReader(VimClient client, Ref datacenter, Map<String, StoragePoolType> kinds) {
        this.client = client;
        this.datacenter = datacenter;
        this.kinds = kinds;
    }

    /** A child, and how full it is. */
    private record Child(PoolChild pool, ByteSize capacity, ByteSize free) {}

    /** A cluster with its children, each once: a vCenter may list one twice while it is being moved. */
    record Cluster(String name, Map<String, Child> children, List<String> nameless) {

        ByteSize capacity() {
            return sum(Child::capacity);
        }

        ByteSize free() {
            return sum(Child::free);
        }

        private ByteSize sum(Function<Child, ByteSize> size) {
            return children.values().stream().map(size).reduce(ByteSize.ZERO, ByteSize::plus);
        }

        private ClusterSight amid(List<Cluster> all) {
            Set<String> elsewhere = all.stream()
                    .filter(other -> !other.name().equals(name))
                    .flatMap(other -> other.children().keySet().stream())
                    .collect(Collectors.toSet());
            List<PoolChild> pools = children.values().stream().map(Child::pool).toList();
            return new ClusterSight(name, pools, nameless, elsewhere);
        }
    }

    /**
     * Returns the reader of a datacenter's clusters; {@code NOT_FOUND} if there is no such datacenter.
     *
     * @param kinds what the API may call the file system of a datastore, and the type of pool that it is
     */
    public static ClusterReader open(VimClient client, String datacenter, Map<String, StoragePoolType> kinds)
            throws InterruptedException {
        try {
            return new ClusterReader(client, DatastoreOpening.datacenter(client, datacenter), Map.copyOf(kinds));
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    /** Returns all clusters of the datacenter, in folders too, as the SPI tells them. */
    public List<ClusterSight> sights() throws InterruptedException {
        List<Cluster> all = all();
        return all.stream().map(cluster -> cluster.amid(all)).toList();
    }

    /** Returns one of them; {@code NOT_FOUND} if it is not there. */
    Cluster require(String name) throws InterruptedException {
        return all().stream()
                .filter(cluster -> cluster.name().equals(name))
                .findFirst()
                .orElseThrow(() -> missing(name));
    }

    /** Returns one of them as the SPI tells it; {@code NOT_FOUND} if it is not there. */
    ClusterSight look(String name) throws InterruptedException {
        return sights().stream()
                .filter(cluster -> cluster.name().equals(name))
                .findFirst()
                .orElseThrow(() -> missing(name));
    }

    private DriverException missing(String name) {
        return DriverException.because(Failure.NOT_FOUND)
                .message(
                        "option datastore: the vCenter %s shows us no cluster of datastores '%s'; look at the spelling, and at"
                                + " what the account may see",
                        client.vcenter(), name);
    }

    private List<Cluster> all() throws InterruptedException {
        try {
            Optional<Ref> root = client.properties()
                    .read(datacenter, "datastoreFolder")
                    .value("datastoreFolder")
                    .map(Node::ref);
            List<Cluster> all = new ArrayList<>();
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

    private void collect(Ref folder, List<Cluster> all) throws VimFault, LostAnswer, InterruptedException {
        for (Properties.Found pod : client.properties().readAll(folder, "childEntity", "StoragePod", "name")) {
            all.add(cluster(pod));
        }
        for (Properties.Found below : client.properties().readAll(folder, "childEntity", "Folder", "name")) {
            if (below.ref().type().equals("Folder")) { // a cluster is a folder, too
                collect(below.ref(), all);
            }
        }
    }

    private Cluster cluster(Properties.Found pod) throws VimFault, LostAnswer, InterruptedException {
        Map<String, Child> children = new LinkedHashMap<>();
        List<String> nameless = new ArrayList<>();
        for (Properties.Found child : client.properties().readAll(pod.ref(), "childEntity", "Datastore", CHILD)) {
            Optional<DatastoreUuid> uuid = DatastoreUuid.ofUrl(child.text("summary.url"));
            Optional<StoragePoolType> type = Optional.ofNullable(kinds.get(child.text("summary.type")));
            if (uuid.isPresent() && type.isPresent()) {
                children.putIfAbsent(uuid.get().value(), child(uuid.get(), type.get(), child));
            } else {
                nameless.add(
                        child.text("name") + type.map(known -> "").orElse(" (" + child.text("summary.type") + ")"));
            }
        }
        return new Cluster(pod.text("name"), children, List.copyOf(nameless));
    }

    private static Child child(DatastoreUuid uuid, StoragePoolType type, Properties.Found found) {
        String name = found.text("name");
        ByteSize capacity = size(found.text("summary.capacity"));
        ByteSize free = size(found.text("summary.freeSpace"));
        return new Child(
                new PoolChild(uuid.value(), name, type, Map.of(DATASTORE, name), troubles(found)),
                capacity,
                free.compareTo(capacity) > 0 ? capacity : free); // the two are not of one moment
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
