package io.hvkit.powerflex.simulator.internal.gateway;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hvkit.powerflex.simulator.internal.array.Ids;
import io.hvkit.powerflex.simulator.internal.array.InvalidRequest;
import io.hvkit.powerflex.simulator.internal.array.Sdc;
import io.hvkit.powerflex.simulator.internal.array.SimulatedArray;
import io.hvkit.powerflex.simulator.internal.array.Snapshots;
import io.hvkit.powerflex.simulator.internal.array.Volume;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/** What is done to the system as a whole, and to its hosts. */
final class SystemActions {

    private final SimulatedArray array;

    SystemActions(SimulatedArray array) {
        this.array = array;
    }

    Optional<Function<Body, Answer>> action(String name) {
        return Optional.ofNullable(
                switch (name) {
                    case "snapshotVolumes" -> this::snapshot;
                    case "removeConsistencyGroupSnapshots" ->
                        body -> Answer.of(Json.object()
                                .put("numberOfVolumes", array.removals().removeGroup(body.id("snapGroupId"))));
                    case "querySystemLimits" -> body -> limits();
                    case "approveSdc" -> this::approve;
                    case "setRestrictedSdcMode" -> this::restrict;
                    default -> null;
                });
    }

    Optional<BiFunction<Sdc, Body, Answer>> sdcAction(String name) {
        return Optional.ofNullable(
                switch (name) {
                    case "setSdcName" ->
                        (sdc, body) -> {
                            array.rename(sdc, body.required("sdcName"));
                            return Answer.done();
                        };
                    case "setSdcPerformanceParameters" ->
                        (sdc, body) -> {
                            array.tune(sdc, body.requiredOneOf("perfProfile", "HighPerformance", "Compact", "Default"));
                            return Answer.done();
                        };
                    case "removeSdc" ->
                        (sdc, body) -> {
                            array.remove(sdc);
                            return Answer.done();
                        };
                    case "queryVolumeSdcBwc" -> (sdc, body) -> Answer.of(load(sdc));
                    default -> null;
                });
    }

    private ArrayNode load(Sdc sdc) {
        return Json.array(array.inventory().volumesOn(sdc), volume -> {
            ObjectNode node =
                    Json.object().put("volumeId", Ids.text(volume.id())).put("sdcId", Ids.text(sdc.id()));
            Statistics.load(node, "readBwc", "writeBwc", "trimBwc");
            return node;
        });
    }

    private Answer snapshot(Body body) {
        List<Snapshots.Wish> wishes = new ArrayList<>();
        for (Body one : body.objects("snapshotDefs")) {
            Volume source = array.inventory().volume(one.id("volumeId"));
            wishes.add(new Snapshots.Wish(source, one.text("snapshotName")));
        }
        if (wishes.isEmpty()) {
            throw InvalidRequest.missing("snapshotDefs");
        }
        String mode = body.oneOf("accessModeLimit", "ReadWrite", "ReadOnly");
        Duration retention =
                Duration.ofMinutes(body.number("retentionPeriodInMin").orElse(0));
        Snapshots.Group group = array.snapshots().take(wishes, mode, retention);
        List<String> ids = new ArrayList<>();
        group.snapshots().forEach(snapshot -> ids.add(Ids.text(snapshot.id())));
        if (array.nature().version().isFour()) {
            Collections.reverse(ids); // since 4.0 any order; this one shows who relies on another
        }
        ObjectNode answer = Json.object();
        answer.set("volumeIdList", Json.texts(ids));
        return Answer.of(answer.put("snapshotGroupId", Ids.text(group.id())));
    }

    private Answer approve(Body body) {
        Sdc sdc = array.inventory().sdcWithGuid(body.required("sdcGuid"));
        array.approve(sdc);
        return Answer.of(Json.object().put("id", Ids.text(sdc.id())));
    }

    private Answer restrict(Body body) {
        String mode = body.requiredOneOf("restrictedSdcMode", "None", "Guid", "ApprovedIp");
        array.mappings().restrict(!mode.equals("None"));
        return Answer.done();
    }

    private static Answer limits() {
        ObjectNode answer = Json.object();
        ArrayNode list = answer.putArray("systemLimitEntryList");
        limit(list, "volumeSizeGb", "Volume size in GB", "8", "1048576");
        limit(list, "volumesPerSystem", "Maximum number of volumes in the system", "0", "131072");
        limit(list, "volumesPerVtree", "Maximum number of volumes in a VTree", "0", "127");
        limit(list, "volumesPerSdc", "Maximum number of volumes per SDC", "0", "8192");
        limit(list, "volumesPerProtectionDomain", "Maximum number of volumes in a Protection Domain", "0", "32768");
        limit(list, "capacityPerStoragePoolGb", "Maximum total capacity of volumes per Storage Pool", "0", "4194303");
        limit(list, "sessions", "Maximum number of open sessions", "0", "128");
        return Answer.of(answer);
    }

    private static void limit(ArrayNode list, String type, String description, String least, String most) {
        list.addObject()
                .put("type", type)
                .put("description", description)
                .put("minVal", least)
                .put("maxVal", most);
    }
}
