package io.hvkit.powerflex.simulator.internal.gateway;

import io.hvkit.powerflex.simulator.internal.array.ArrayError;
import io.hvkit.powerflex.simulator.internal.array.ArrayException;
import io.hvkit.powerflex.simulator.internal.array.Ids;
import io.hvkit.powerflex.simulator.internal.array.InvalidRequest;
import io.hvkit.powerflex.simulator.internal.array.Mappings.Sharing;
import io.hvkit.powerflex.simulator.internal.array.MigrationStatus;
import io.hvkit.powerflex.simulator.internal.array.Migrations;
import io.hvkit.powerflex.simulator.internal.array.Removals;
import io.hvkit.powerflex.simulator.internal.array.Sdc;
import io.hvkit.powerflex.simulator.internal.array.SimulatedArray;
import io.hvkit.powerflex.simulator.internal.array.StoragePool;
import io.hvkit.powerflex.simulator.internal.array.Volume;
import io.hvkit.powerflex.simulator.internal.array.VolumeKind;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What is done to volumes. */
final class VolumeActions {

    private static final int STEP_GB = 8;
    private static final long MOST_GB = 1L << 40;
    private static final String[] ACCESS = {"ReadWrite", "ReadOnly", "NoAccess"};

    private final SimulatedArray array;

    VolumeActions(SimulatedArray array) {
        this.array = array;
    }

    Answer create(Body body) {
        StoragePool pool = array.inventory().pool(body.id("storagePoolId"));
        body.text("protectionDomainId").map(Ids::parse).ifPresent(domain -> {
            if (array.inventory().domain(domain).id() != pool.domain().id()) {
                throw new ArrayException(ArrayError.DOMAIN_AND_POOL_MISMATCH);
            }
        });
        String type = body.oneOf("volumeType", "ThickProvisioned", "ThinProvisioned");
        VolumeKind kind = type.equals("ThinProvisioned") ? VolumeKind.THIN : VolumeKind.THICK;
        Volume volume = array.volumes().create(pool, body.text("name"), kind, sizeKb(body));
        array.volumes().useReadCache(volume, body.flag("useRmcache"));
        body.text("compressionMethod").ifPresent(method -> array.volumes().compress(volume, method));
        return Answer.of(Json.object().put("id", Ids.text(volume.id())));
    }

    private static long sizeKb(Body body) {
        OptionalLong kilobytes = body.number("volumeSizeInKb");
        if (kilobytes.isPresent()) {
            return kilobytes.getAsLong();
        }
        OptionalLong gigabytes = body.number("volumeSizeInGb");
        if (gigabytes.isEmpty()) {
            throw InvalidRequest.missingOneOf("volumeSizeInKb", "volumeSizeInGb");
        }
        return Math.min(gigabytes.getAsLong(), MOST_GB) << 20;
    }

    /** Returns what an action does, if there is one of that name. */
    Optional<BiConsumer<Volume, Body>> action(String name) {
        return Optional.ofNullable(
                switch (name) {
                    case "setVolumeName" -> (volume, body) -> array.volumes().rename(volume, body.required("newName"));
                    case "setVolumeSize" -> this::grow;
                    case "addMappedSdc" -> (volume, body) -> map(volume, body, sdc(body));
                    case "removeMappedSdc" -> this::unmap;
                    case "addMappedHost" ->
                        onlyFour((volume, body) ->
                                map(volume, body, array.inventory().sdc(body.id("hostId"))));
                    case "removeMappedHost" -> onlyFour(this::unmapHost);
                    case "setMappedSdcLimits" -> this::limit;
                    case "setVolumeMappingAccessMode" ->
                        (volume, body) ->
                                array.mappings().accessAs(volume, sdc(body), body.requiredOneOf("accessMode", ACCESS));
                    case "setVolumeAccessModeLimit" ->
                        (volume, body) -> array.volumes()
                                .limitAccess(volume, body.requiredOneOf("accessModeLimit", "ReadWrite", "ReadOnly"));
                    case "setVolumeUseRmcache" ->
                        (volume, body) -> {
                            body.required("useRmcache");
                            array.volumes().useReadCache(volume, body.flag("useRmcache"));
                        };
                    case "modifyCompressionMethod" ->
                        (volume, body) -> array.volumes()
                                .compress(volume, body.requiredOneOf("compressionMethod", "None", "Normal"));
                    case "setSnapshotSecurity" -> this::secure;
                    case "lockAutoSnapshot", "unlockAutoSnapshot" ->
                        (volume, body) -> {
                            throw new ArrayException(ArrayError.NOT_AUTO_SNAPSHOT);
                        };
                    case "overwriteVolumeContent" -> this::overwrite;
                    case "removeVolume" -> this::remove;
                    case "migrateVTree" -> this::migrate;
                    case "pauseVTreeMigration" -> this::pause;
                    case "resumeVTreeMigration" ->
                        (volume, body) -> array.migrations().resume(volume.tree());
                    default -> null;
                });
    }

    private @Nullable BiConsumer<Volume, Body> onlyFour(BiConsumer<Volume, Body> action) {
        return array.nature().version().isFour() ? action : null;
    }

    private void grow(Volume volume, Body body) {
        long gigabytes = body.requiredNumber("sizeInGB");
        if (gigabytes <= 0 || gigabytes % STEP_GB != 0 || gigabytes > MOST_GB) {
            throw new InvalidRequest(
                    "sizeInGB (" + gigabytes + ") must be a positive number in granularity of " + STEP_GB + " GB");
        }
        array.volumes().grow(volume, gigabytes);
    }

    private Sdc sdc(Body body) {
        return body.text("sdcId")
                .map(id -> array.inventory().sdc(Ids.parse(id)))
                .or(() -> body.text("guid").map(guid -> array.inventory().sdcWithGuid(guid)))
                .orElseThrow(() -> InvalidRequest.missingOneOf("sdcId", "guid"));
    }

    private void map(Volume volume, Body body, Sdc sdc) {
        String mode = body.oneOf("accessMode", ACCESS);
        Sharing sharing = body.flag("allowMultipleMappings") ? Sharing.WITH_OTHERS : Sharing.ALONE;
        array.mappings().map(volume, sdc, sharing, mode);
    }

    private void unmap(Volume volume, Body body) {
        if (body.has("allSdcs")) {
            array.mappings().unmapAll(volume);
        } else if (body.text("sdcId").isEmpty() && body.text("guid").isEmpty()) {
            throw InvalidRequest.missingOneOf("sdcId", "guid", "allSdcs");
        } else {
            array.mappings().unmap(volume, sdc(body));
        }
    }

    private void unmapHost(Volume volume, Body body) {
        if (body.has("allHosts")) {
            array.mappings().unmapAll(volume);
        } else {
            array.mappings().unmap(volume, array.inventory().sdc(body.id("hostId")));
        }
    }

    private void limit(Volume volume, Body body) {
        Sdc sdc = sdc(body);
        OptionalLong iops = body.number("iopsLimit");
        OptionalLong bandwidth = body.number("bandwidthLimitInKbps");
        if (iops.isEmpty() && bandwidth.isEmpty()) {
            throw InvalidRequest.missingOneOf("iopsLimit", "bandwidthLimitInKbps");
        }
        OptionalInt number = iops.isPresent() ? OptionalInt.of(Math.toIntExact(iops.getAsLong())) : OptionalInt.empty();
        array.mappings().limit(volume, sdc, number, bandwidth);
    }

    private void secure(Volume volume, Body body) {
        if (volume.kind() != VolumeKind.SNAPSHOT) {
            throw new ArrayException(ArrayError.NOT_SUPPORTED);
        }
        array.snapshots().secure(volume, Duration.ofMinutes(body.requiredNumber("retentionPeriodInMin")));
    }

    private void overwrite(Volume volume, Body body) {
        if (array.nature().version().isFour() && body.has("allowOnExtManagedVol")) {
            throw new InvalidRequest("Request message is not valid: The following parameter(s) are not allowed in the"
                    + " request body: allowOnExtManagedVol.");
        }
        array.snapshots().overwrite(volume, array.inventory().volume(body.id("srcVolumeId")));
    }

    private void remove(Volume volume, Body body) {
        String mode =
                body.requiredOneOf("removeMode", "ONLY_ME", "INCLUDING_DESCENDANTS", "DESCENDANTS_ONLY", "WHOLE_VTREE");
        array.removals().remove(volume, Removals.Mode.valueOf(mode));
    }

    private void migrate(Volume volume, Body body) {
        StoragePool destination = array.inventory().pool(body.id("destSPId"));
        String conversion = body.oneOf("volTypeConversion", "NoConversion", "ThickToThin", "ThinToThick");
        body.oneOf("compressionMethod", "None", "Normal");
        body.oneOf("queuePosition", "tail", "head");
        Migrations.Manner manner = new Migrations.Manner(
                conversion, body.flag("allowDuringRebuild"), body.flag("ignoreDestinationCapacity"));
        array.migrations().migrate(volume.tree(), destination, manner);
    }

    private void pause(Volume volume, Body body) {
        String type = body.oneOf("pauseType", "Gracefully", "Forcefully");
        MigrationStatus towards =
                type.equals("Gracefully") ? MigrationStatus.GRACEFULLY_PAUSING : MigrationStatus.FORCEFULLY_PAUSING;
        array.migrations().pause(volume.tree(), towards);
    }
}
