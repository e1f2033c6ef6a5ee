package io.hvkit.powerflex.simulator.internal.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hvkit.powerflex.simulator.internal.array.DataLayout;
import io.hvkit.powerflex.simulator.internal.array.Ids;
import io.hvkit.powerflex.simulator.internal.array.Mapping;
import io.hvkit.powerflex.simulator.internal.array.Migration;
import io.hvkit.powerflex.simulator.internal.array.MigrationStatus;
import io.hvkit.powerflex.simulator.internal.array.ProtectionDomain;
import io.hvkit.powerflex.simulator.internal.array.Sdc;
import io.hvkit.powerflex.simulator.internal.array.SimulatedArray;
import io.hvkit.powerflex.simulator.internal.array.StoragePool;
import io.hvkit.powerflex.simulator.internal.array.VTree;
import io.hvkit.powerflex.simulator.internal.array.Volume;
import java.time.Instant;
import java.util.Optional;

/** Objects as the gateway writes them. What is not there is null, never absent and never empty. */
final class Views {

    private final SimulatedArray array;

    Views(SimulatedArray array) {
        this.array = array;
    }

    private boolean isFour() {
        return array.nature().version().isFour();
    }

    ObjectNode system() {
        ObjectNode node = Json.object();
        node.put("id", Ids.text(array.id()))
                .put("name", array.nature().name())
                .put("installId", "68ab55462cbb3ae4")
                .put("swid", "")
                .put("systemVersionName", "DellEMC PowerFlex Version: R" + underscored() + ".0.0")
                .put("mdmMode", "Cluster")
                .put("mdmClusterState", "ClusteredNormal")
                .put("perfProfile", "HighPerformance")
                .put("maxCapacityInGb", "Unlimited")
                .put("daysInstalled", 1)
                .put("restrictedSdcModeEnabled", array.mappings().isRestricted())
                .put("restrictedSdcMode", array.mappings().isRestricted() ? "Guid" : "None");
        if (isFour()) {
            node.put("systemNqn", "nqn.1988-11.com.dell:powerflex:00:" + Ids.text(array.id()));
        }
        ObjectNode master =
                node.putObject("mdmCluster").put("id", Ids.text(array.id())).putObject("master");
        master.set("ips", Json.texts(array.nature().mdmAddresses()));
        return linked(node, "System", array.id(), "Statistics", "ProtectionDomain", "Sdc", "User");
    }

    ObjectNode domain(ProtectionDomain domain) {
        ObjectNode node = Json.object();
        node.put("id", Ids.text(domain.id()))
                .put("name", domain.name())
                .put("systemId", Ids.text(array.id()))
                .put("protectionDomainState", "Active")
                .putNull("rebuildNetworkThrottlingInKbps")
                .putNull("rebalanceNetworkThrottlingInKbps")
                .putNull("overallIoNetworkThrottlingInKbps");
        boolean tells = isFour() && array.nature().version().minor() >= 6;
        if (tells || domain.isErasureCoded()) {
            node.put("genType", domain.isErasureCoded() ? "EC" : "Mirroring");
        }
        linked(node, "ProtectionDomain", domain.id(), "StoragePool", "Sds", "Statistics");
        return parent(node, "systemId", "System", array.id());
    }

    ObjectNode pool(StoragePool pool) {
        ObjectNode node = Json.object();
        boolean fine = pool.layout() == DataLayout.FINE;
        node.put("id", Ids.text(pool.id()))
                .put("name", pool.name())
                .put("protectionDomainId", Ids.text(pool.domain().id()))
                .put("zeroPaddingEnabled", pool.isZeroPadded())
                .put("dataLayout", pool.layout().word())
                .put("compressionMethod", fine ? "Normal" : mediumCompression())
                .put("sparePercentage", 10)
                .put("checksumEnabled", false)
                .put("useRfcache", false)
                .put("useRmcache", false)
                .put("mediaType", "SSD")
                .put("addressSpaceUsage", "Normal")
                .put("capacityUsageState", pool.isFull() ? "Critical" : "Normal")
                .put("rebuildEnabled", true)
                .put("rebalanceEnabled", true)
                .put("capacityAlertHighThreshold", 80)
                .put("capacityAlertCriticalThreshold", 90)
                .putNull("fglAccpId")
                .putNull("fglExtraCapacity")
                .putNull("fglOverProvisioningFactor");
        linked(node, "StoragePool", pool.id(), "Statistics", "Volume", "Device", "VTree");
        return parent(
                node, "protectionDomainId", "ProtectionDomain", pool.domain().id());
    }

    ObjectNode sdc(Sdc sdc) {
        ObjectNode node = Json.object();
        node.put("id", Ids.text(sdc.id()))
                .put("name", sdc.name().orElse(null))
                .put("sdcGuid", sdc.guid())
                .put("sdcIp", sdc.isConnected() ? sdc.ip() : "N/A")
                .put("mdmConnectionState", sdc.isConnected() ? "Connected" : "Disconnected")
                .put("sdcApproved", !array.mappings().isRestricted() || sdc.isApproved())
                .put("sdcApprovedIps", (String) null)
                .put("osType", "Linux")
                .put("perfProfile", sdc.profile())
                .put("systemId", Ids.text(array.id()))
                .put("versionInfo", "R" + underscored() + ".0");
        node.set(
                "sdcIps",
                sdc.isConnected() ? Json.array().add(sdc.ip()) : Json.array().nullNode());
        if (isFour()) {
            node.put("hostType", "SdcHost").putNull("nqn").put("sdcType", "AppSdc");
        }
        linked(node, "Sdc", sdc.id(), "Statistics", "Volume");
        return parent(node, "systemId", "System", array.id());
    }

    ObjectNode volume(Volume volume) {
        ObjectNode node = Json.object();
        node.put("id", Ids.text(volume.id()))
                .put("name", volume.name().orElse(null))
                .put("sizeInKb", volume.sizeKb())
                .put("volumeType", volume.kind().word())
                .put("storagePoolId", Ids.text(volume.tree().pool().id()))
                .put("vtreeId", Ids.text(volume.tree().id()))
                .put(
                        "ancestorVolumeId",
                        volume.ancestor().map(Volume::id).map(Ids::text).orElse(null))
                .put(
                        "consistencyGroupId",
                        volume.group().isPresent() ? Ids.text(volume.group().getAsLong()) : null)
                .put("creationTime", volume.created().getEpochSecond())
                .put("accessModeLimit", volume.accessModeLimit())
                .put("dataLayout", volume.tree().pool().layout().word())
                .put("compressionMethod", compression(volume))
                .put("useRmcache", volume.usesReadCache())
                .put("managedBy", "ScaleIO")
                .put("secureSnapshotExpTime", seconds(volume.securedUntil()))
                .put("originalExpiryTime", seconds(volume.securedUntil()));
        node.set(
                "mappedSdcInfo",
                volume.mappings().isEmpty() ? Json.array().nullNode() : Json.array(volume.mappings(), this::mapping));
        constants(volume, node);
        linked(node, "Volume", volume.id(), "Statistics");
        parent(node, "vtreeId", "VTree", volume.tree().id());
        volume.ancestor().ifPresent(from -> parent(node, "ancestorVolumeId", "Volume", from.id()));
        return parent(node, "storagePoolId", "StoragePool", volume.tree().pool().id());
    }

    private void constants(Volume volume, ObjectNode node) {
        node.put("notGenuineSnapshot", false)
                .put("timeStampIsAccurate", false)
                .put("lockedAutoSnapshot", false)
                .put("lockedAutoSnapshotMarkedForRemoval", false)
                .putNull("autoSnapshotGroupId")
                .putNull("snplIdOfAutoSnapshot")
                .putNull("snplIdOfSourceVolume")
                .put(
                        "volumeReplicationState",
                        volume.isReplicated() ? "MarkedForReplication" : "UnmarkedForReplication")
                .put("replicationJournalVolume", false)
                .put("replicationTimeStamp", 0)
                .putNull("pairIds");
        node.putArray("retentionLevels");
        if (isFour()) {
            node.put("volumeClass", "defaultclass").putNull("nsid");
        }
    }

    private JsonNode mapping(Mapping mapping) {
        ObjectNode node = Json.object();
        node.put("sdcId", Ids.text(mapping.sdc().id()))
                .put("sdcIp", mapping.sdc().ip())
                .put("sdcName", mapping.sdc().name().orElse(null))
                .put("limitIops", mapping.limitIops())
                .put("limitBwInMbps", mapping.limitKbps() / 1024)
                .put("accessMode", mapping.accessMode())
                .put("isDirectBufferMapping", false);
        if (isFour()) {
            node.putNull("nqn").put("hostType", "SdcHost");
        }
        return node;
    }

    ObjectNode tree(VTree tree) {
        ObjectNode node = Json.object();
        ArrayNode roots = Json.array();
        array.inventory().volumesOf(tree).stream()
                .filter(volume -> volume.ancestor().isEmpty())
                .forEach(volume -> roots.add(Ids.text(volume.id())));
        node.put("id", Ids.text(tree.id()))
                .put("name", tree.name())
                .put("storagePoolId", Ids.text(tree.pool().id()))
                .put("baseVolumeId", roots.isEmpty() ? null : roots.get(0).asText())
                .put("dataLayout", tree.pool().layout().word())
                .put("compressionMethod", tree.pool().layout() == DataLayout.FINE ? "Normal" : mediumCompression())
                .put("inDeletion", array.inventory().volumesOf(tree).isEmpty());
        node.set("rootVolumes", roots);
        node.set("vtreeMigrationInfo", migration(tree));
        linked(node, "VTree", tree.id(), "Statistics", "Volume");
        return parent(node, "storagePoolId", "StoragePool", tree.pool().id());
    }

    private static ObjectNode migration(VTree tree) {
        Optional<Migration> migration = tree.migration();
        return Json.object()
                .put(
                        "sourceStoragePoolId",
                        migration.map(one -> Ids.text(one.source().id())).orElse(null))
                .put(
                        "destinationStoragePoolId",
                        migration.map(one -> Ids.text(one.heading().id())).orElse(null))
                .put(
                        "migrationStatus",
                        migration
                                .map(Migration::status)
                                .map(MigrationStatus::word)
                                .orElse("NotInMigration"))
                .put(
                        "migrationPauseReason",
                        tree.failure().or(() -> pauseReason(migration)).orElse(null))
                .put("migrationQueuePosition", 0)
                .put(
                        "thicknessConversionType",
                        migration.map(Migration::conversion).orElse("NoConversion"));
    }

    /** Which words the array has for reasons is not known; clients look only whether there is one. */
    private static Optional<String> pauseReason(Optional<Migration> migration) {
        return migration.map(Migration::status).flatMap(status -> switch (status) {
            case GRACEFULLY_PAUSING, FORCEFULLY_PAUSING, PAUSED -> Optional.of("UserRequest");
            case INTERNAL_PAUSING, PENDING_RETRY -> Optional.of("Rebuild");
            case PENDING_MIGRATION, PENDING_REBALANCE, NORMAL -> Optional.empty();
        });
    }

    private String compression(Volume volume) {
        return volume.tree().pool().layout() == DataLayout.FINE ? volume.compression() : mediumCompression();
    }

    private String mediumCompression() {
        return isFour() ? "NotApplicable" : "Invalid";
    }

    private String underscored() {
        return array.nature().version().toString().replace('.', '_');
    }

    private static long seconds(Instant instant) {
        return instant.getEpochSecond();
    }

    private static ObjectNode linked(ObjectNode node, String type, long id, String... children) {
        String self = "/api/instances/" + type + "::" + Ids.text(id);
        ArrayNode links = node.putArray("links");
        links.addObject().put("rel", "self").put("href", self);
        for (String child : children) {
            links.addObject()
                    .put("rel", "/api/" + type + "/relationship/" + child)
                    .put("href", self + "/relationships/" + child);
        }
        return node;
    }

    private static ObjectNode parent(ObjectNode node, String field, String type, long id) {
        node.withArray("links")
                .addObject()
                .put("rel", "/api/parent/relationship/" + field)
                .put("href", "/api/instances/" + type + "::" + Ids.text(id));
        return node;
    }
}
