package io.hvkit.scaleio.internal.pool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.scaleio.internal.gateway.ArrayError;
import io.hvkit.scaleio.internal.gateway.Call;
import io.hvkit.scaleio.internal.gateway.Deadline;
import io.hvkit.scaleio.internal.gateway.GatewayClient;
import io.hvkit.scaleio.internal.gateway.Json;
import io.hvkit.scaleio.internal.gateway.Refusal;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** What is asked of the array about volumes. Any thread may use it. */
final class ArrayCalls {

    private static final long LONGEST_LOOK = 200;

    private final GatewayClient client;

    ArrayCalls(GatewayClient client) {
        this.client = client;
    }

    /** Returns a volume, or nothing if it is gone or on its way. */
    Optional<ArrayVolume> volume(String id) throws InterruptedException {
        try {
            return Optional.of(ArrayVolume.of(client.call(Call.get(path(id)), Json.anObject())));
        } catch (Refusal e) {
            return nothingIfGone(e);
        }
    }

    /** Returns a volume by its name, wherever in the system it lies. */
    Optional<ArrayVolume> named(String name) throws InterruptedException {
        try {
            ObjectNode key = Json.object().put("name", name);
            String id = client.call(Call.query("/api/types/Volume/instances/action/queryIdByKey", key), Json.aText());
            return volume(id);
        } catch (Refusal e) {
            return nothingIfGone(e);
        }
    }

    private static Optional<ArrayVolume> nothingIfGone(Refusal refusal) {
        if (refusal.is(ArrayError.VOL_NOT_FOUND, ArrayError.BEING_REMOVED, ArrayError.REMOVE_IN_PROGRESS)) {
            return Optional.empty();
        }
        throw refusal.asFailure();
    }

    List<ArrayVolume> ofPool(String pool, Predicate<ArrayVolume> wanted) throws InterruptedException {
        Call call = Call.get("/api/instances/StoragePool::" + pool + "/relationships/Volume");
        return client.require(call, Json.aList(ArrayVolume::of, wanted));
    }

    /** Returns what lies in a tree; nothing if it is gone. */
    List<ArrayVolume> ofTree(String tree) throws InterruptedException {
        Call call = Call.get("/api/instances/VTree::" + tree + "/relationships/Volume");
        try {
            return client.call(call, Json.aList(ArrayVolume::of, one -> true));
        } catch (Refusal e) {
            if (e.is(ArrayError.TREE_NOT_FOUND)) {
                return List.of();
            }
            throw e.asFailure();
        }
    }

    JsonNode object(String type, String id) throws InterruptedException {
        return client.require(Call.get("/api/instances/" + type + "::" + id), Json.anObject());
    }

    JsonNode poolStatistics(String pool) throws InterruptedException {
        Call call = Call.get("/api/instances/StoragePool::" + pool + "/relationships/Statistics");
        return client.require(call, Json.anObject());
    }

    /**
     * Makes a volume, or learns that its name is taken. Names are the system's own, so that a second request for one never makes a
     * second volume: after a lost answer the array is asked for the name.
     *
     * @param type as the array spells it
     */
    ArrayVolume create(String pool, String name, ByteSize size, String type) throws InterruptedException {
        ObjectNode body = Json.object()
                .put("name", name)
                .put("storagePoolId", pool)
                .put("volumeType", type)
                .put("volumeSizeInKb", Long.toString(size.bytes() / 1024));
        Call call = Call.again("/api/types/Volume/instances", body);
        try {
            String id = client.call(call, Json.anObject()).path("id").asText("");
            return volume(id).orElseThrow(() -> notSeen(name));
        } catch (Refusal e) {
            return e.is(ArrayError.NAME_IN_USE)
                    ? named(name).orElseThrow(() -> notSeen(name))
                    : made(name, e.asFailure());
        } catch (DriverException e) {
            return made(name, e);
        }
    }

    /** Returns what was made although the answer was lost. */
    private ArrayVolume made(String name, DriverException failure) throws InterruptedException {
        if (failure.effect() != Effect.UNKNOWN) {
            throw failure;
        }
        return named(name).orElseThrow(() -> failure);
    }

    static DriverException notSeen(String name) {
        return DriverException.because(Failure.OPERATION_PENDING)
                .message("volume %s is made or being removed, and the array does not show it; ask again", name);
    }

    /** Makes a volume larger; does nothing if it is that large already, as after a lost answer. */
    void grow(String volume, long gibibytes) throws InterruptedException {
        ObjectNode body = Json.object().put("sizeInGB", Long.toString(gibibytes));
        unless(ArrayError.CANNOT_SHRINK, Call.again(action(volume, "setVolumeSize"), body));
    }

    /** Whether a mapping may stand beside others. */
    enum Beside {
        NONE,
        OTHERS
    }

    void map(String volume, String sdc, Beside beside) throws InterruptedException {
        ObjectNode body = Json.object()
                .put("sdcId", sdc)
                .put("allowMultipleMappings", beside == Beside.OTHERS ? "TRUE" : "FALSE");
        unless(ArrayError.ALREADY_MAPPED, Call.again(action(volume, "addMappedSdc"), body));
    }

    void unmap(String volume, String sdc) throws InterruptedException {
        Call call = Call.again(action(volume, "removeMappedSdc"), Json.object().put("sdcId", sdc));
        try {
            client.call(call, Json.nothing());
        } catch (Refusal e) {
            if (!e.is(ArrayError.NOT_MAPPED, ArrayError.VOL_NOT_FOUND, ArrayError.BEING_REMOVED)) {
                throw e.asFailure();
            }
        }
    }

    private void unless(ArrayError done, Call call) throws InterruptedException {
        unless(Set.of(done), call);
    }

    private void unless(Set<ArrayError> done, Call call) throws InterruptedException {
        try {
            client.call(call, Json.nothing());
        } catch (Refusal e) {
            if (e.error().filter(done::contains).isEmpty()) {
                throw e.asFailure();
            }
        }
    }

    /** Removes a volume alone, and waits until it is gone: until then its room is not free. What was taken of it stays. */
    void remove(String volume) throws InterruptedException {
        Call call = Call.again(action(volume, "removeVolume"), Json.object().put("removeMode", "ONLY_ME"));
        try {
            client.call(call, Json.nothing());
        } catch (Refusal e) {
            if (!e.is(ArrayError.VOL_NOT_FOUND, ArrayError.BEING_REMOVED, ArrayError.REMOVE_IN_PROGRESS)) {
                throw e.asFailure();
            }
        }
        awaitGone(volume);
    }

    private void awaitGone(String volume) throws InterruptedException {
        Deadline deadline = Deadline.in(client.timeout());
        for (long pause = 5; ; pause = Math.min(2 * pause, LONGEST_LOOK)) {
            try {
                client.call(Call.get(path(volume)), Json.nothing());
            } catch (Refusal e) {
                if (e.is(ArrayError.VOL_NOT_FOUND)) {
                    return;
                }
                if (!e.is(ArrayError.BEING_REMOVED, ArrayError.REMOVE_IN_PROGRESS)) {
                    throw e.asFailure();
                }
            }
            if (deadline.isOver()) {
                throw DriverException.because(Failure.TIMED_OUT)
                        .message("the array still removes volume %s after %s; ask again", volume, client.timeout());
            }
            Thread.sleep(pause);
        }
    }

    /** Takes snapshots of one volume under names of their own, all or none; those that are there stay as they are. */
    void snapshot(String volume, Collection<String> names) throws InterruptedException {
        Map<String, String> wanted = new LinkedHashMap<>();
        names.forEach(name -> wanted.put(name, volume));
        snapshot(wanted);
    }

    /**
     * Takes snapshots of volumes by the names of the snapshots, all at one moment, or none. If one of the names is taken it does nothing, as
     * after a lost answer; what the answer lists is not looked at, since its order is anybody's guess.
     */
    void snapshot(Map<String, String> volumes) throws InterruptedException {
        ObjectNode body = Json.object();
        ArrayNode wanted = body.putArray("snapshotDefs");
        volumes.forEach(
                (name, volume) -> wanted.addObject().put("volumeId", volume).put("snapshotName", name));
        unless(ArrayError.NAME_IN_USE, Call.again("/api/instances/System/action/snapshotVolumes", body));
    }

    /** Gives a volume a name; does nothing if another one has it, or the volume is gone. */
    void rename(String volume, String name) throws InterruptedException {
        Call call = Call.again(action(volume, "setVolumeName"), Json.object().put("newName", name));
        unless(Set.of(ArrayError.NAME_IN_USE, ArrayError.VOL_NOT_FOUND, ArrayError.BEING_REMOVED), call);
    }

    /** Makes a volume's content that of another one of its tree. */
    void overwrite(String volume, String source) throws InterruptedException {
        client.require(
                Call.again(
                        action(volume, "overwriteVolumeContent"), Json.object().put("srcVolumeId", source)),
                Json.nothing());
    }

    /** Limits a mapping; 0 is none. */
    void limit(String volume, String sdc, long iops, long mebibytes) throws InterruptedException {
        ObjectNode body = Json.object()
                .put("sdcId", sdc)
                .put("iopsLimit", Long.toString(iops))
                .put("bandwidthLimitInKbps", Long.toString(1024 * mebibytes));
        client.require(Call.again(action(volume, "setMappedSdcLimits"), body), Json.nothing());
    }

    private static String path(String volume) {
        return "/api/instances/Volume::" + volume;
    }

    private static String action(String volume, String action) {
        return path(volume) + "/action/" + action;
    }
}
