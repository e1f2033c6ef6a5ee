package io.hvkit.powerflex.simulator.internal.gateway;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hvkit.powerflex.simulator.internal.array.Capacity;
import io.hvkit.powerflex.simulator.internal.array.Ids;
import io.hvkit.powerflex.simulator.internal.array.Inventory;
import io.hvkit.powerflex.simulator.internal.array.ProtectionDomain;
import io.hvkit.powerflex.simulator.internal.array.Sdc;
import io.hvkit.powerflex.simulator.internal.array.SimulatedArray;
import io.hvkit.powerflex.simulator.internal.array.StoragePool;
import io.hvkit.powerflex.simulator.internal.array.VTree;
import io.hvkit.powerflex.simulator.internal.array.Volume;
import io.hvkit.powerflex.simulator.internal.array.VolumeKind;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Statistics of objects: numbers, never strings; capacities are raw, two copies of everything, unless they are called net. */
final class Statistics {

    private final SimulatedArray array;

    Statistics(SimulatedArray array) {
        this.array = array;
    }

    ObjectNode system() {
        ObjectNode node = pools(inventory().pools());
        node.put("numOfSdc", inventory().sdcs().size());
        node.put("numOfProtectionDomains", inventory().domains().size());
        node.put("numOfStoragePools", inventory().pools().size());
        return node;
    }

    ObjectNode domain(ProtectionDomain domain) {
        List<StoragePool> pools = inventory().pools().stream()
                .filter(pool -> pool.domain().equals(domain))
                .toList();
        return pools(pools).put("numOfStoragePools", pools.size()).put("numOfSds", 0);
    }

    ObjectNode pool(StoragePool pool) {
        ObjectNode node = pools(List.of(pool));
        List<VTree> trees = inventory().trees().stream()
                .filter(tree -> tree.pool().id() == pool.id())
                .toList();
        List<VTree> migrating =
                trees.stream().filter(tree -> tree.migration().isPresent()).toList();
        node.set("volumeIds", ids(inventory().volumesIn(pool).stream().map(Volume::id)));
        node.set("vtreeIds", ids(trees.stream().map(VTree::id)));
        node.set("deviceIds", Json.array());
        node.put("numOfMigratingVolumes", migrating.size());
        node.set("migratingVtreeIds", ids(migrating.stream().map(VTree::id)));
        load(node, "volMigrationReadBwc", "volMigrationWriteBwc");
        return node.put("numOfVolumesInDeletion", inventory().removalsIn(pool));
    }

    private ObjectNode pools(Collection<StoragePool> pools) {
        ObjectNode node = Json.object();
        long[] sums = new long[8];
        for (StoragePool pool : pools) {
            Capacity.Use use = array.capacity().of(pool);
            sums[0] += pool.maxKb();
            sums[1] += pool.spareKb();
            sums[2] += use.usedKb();
            sums[3] += use.freeKb();
            sums[4] += use.thinKb();
            sums[5] += use.thickKb();
            sums[6] += use.allocationLimitKb();
            sums[7] += use.freeKb() / Capacity.STEP_KB * Capacity.STEP_KB;
        }
        node.put("maxCapacityInKb", sums[0])
                .put("capacityLimitInKb", sums[0])
                .put("spareCapacityInKb", sums[1])
                .put("netCapacityInUseInKb", sums[2])
                .put("capacityInUseInKb", 2 * sums[2])
                .put("netUnusedCapacityInKb", sums[3])
                .put("unusedCapacityInKb", 2 * sums[3])
                .put("thinCapacityAllocatedInKb", 2 * sums[4])
                .put("thinCapacityAllocatedInKm", 2 * sums[4])
                .put("thinCapacityInUseInKb", 2 * (sums[2] - sums[5]))
                .put("thickCapacityInUseInKb", 2 * sums[5])
                .put("snapshotCapacityInKb", 0)
                .put("snapCapacityInUseInKb", 0)
                .put("snapCapacityInUseOccupiedInKb", 0)
                .put("volumeAllocationLimitInKb", 2 * sums[6])
                .put("capacityAvailableForVolumeAllocationInKb", sums[7])
                .put("netProvisionedAddressesInKb", sums[2])
                .put("protectedCapacityInKb", 2 * sums[2])
                .put("degradedHealthyCapacityInKb", 0)
                .put("failedCapacityInKb", 0)
                .put("thinAndSnapshotRatio", sums[2] == 0 ? "Infinity" : "1.0");
        List<Volume> volumes = pools.stream()
                .flatMap(pool -> inventory().volumesIn(pool).stream())
                .toList();
        node.put("numOfVolumes", volumes.size())
                .put("numOfSnapshots", count(volumes, volume -> volume.kind() == VolumeKind.SNAPSHOT))
                .put("numOfThinBaseVolumes", count(volumes, volume -> volume.kind() == VolumeKind.THIN))
                .put("numOfThickBaseVolumes", count(volumes, volume -> volume.kind() == VolumeKind.THICK))
                .put(
                        "numOfUnmappedVolumes",
                        count(volumes, volume -> volume.mappings().isEmpty()))
                .put(
                        "numOfVtrees",
                        volumes.stream().map(Volume::tree).distinct().count());
        load(node, "userDataReadBwc", "userDataWriteBwc", "totalReadBwc", "totalWriteBwc", "primaryReadBwc");
        return node;
    }

    ObjectNode volume(Volume volume) {
        List<Volume> children = inventory().childrenOf(volume);
        List<Volume> descendants = inventory().descendantsOf(volume);
        ObjectNode node = Json.object();
        node.put("numOfMappedSdcs", volume.mappings().size())
                .put("numOfChildVolumes", children.size())
                .put("numOfDescendantVolumes", descendants.size())
                .putNull("initiatorSdcId")
                .putNull("registrationKey")
                .put("reservationType", "NotReserved")
                .put("replicationState", "UnmarkedForReplication");
        node.putArray("registrationKeys");
        node.set(
                "mappedSdcIds",
                ids(volume.mappings().stream().map(mapping -> mapping.sdc().id())));
        node.set("childVolumeIds", ids(children.stream().map(Volume::id)));
        node.set("descendantVolumeIds", ids(descendants.stream().map(Volume::id)));
        load(node, "userDataReadBwc", "userDataWriteBwc", "userDataTrimBwc");
        load(node, "userDataSdcReadLatency", "userDataSdcWriteLatency", "userDataSdcTrimLatency");
        return node;
    }

    ObjectNode tree(VTree tree) {
        List<Volume> volumes = inventory().volumesOf(tree);
        long written = array.capacity().writtenKb(tree);
        ObjectNode node = Json.object()
                .put("netCapacityInUseInKb", written)
                .put("baseNetCapacityInUseInKb", written)
                .put("snapNetCapacityInUseInKb", 0)
                .put("trimmedCapacityInKb", 0)
                .put("netProvisionedAddressesInKb", written)
                .put("numOfVolumes", volumes.size());
        node.set("volumeIds", ids(volumes.stream().map(Volume::id)));
        return node;
    }

    ObjectNode sdc(Sdc sdc) {
        List<Volume> volumes = inventory().volumesOn(sdc);
        ObjectNode node = Json.object().put("numOfMappedVolumes", volumes.size());
        node.set("volumeIds", ids(volumes.stream().map(Volume::id)));
        load(node, "userDataReadBwc", "userDataWriteBwc", "userDataTrimBwc");
        return node;
    }

    /** Adds meters that stand still: nothing here measures what hosts read and write. */
    static void load(ObjectNode node, String... meters) {
        for (String meter : meters) {
            node.putObject(meter).put("numSeconds", 0).put("totalWeightInKb", 0).put("numOccured", 0);
        }
    }

    private Inventory inventory() {
        return array.inventory();
    }

    private static long count(List<Volume> volumes, Predicate<Volume> what) {
        return volumes.stream().filter(what).count();
    }

    private static ArrayNode ids(Stream<Long> ids) {
        return Json.texts(ids.map(Ids::text).toList());
    }
}
