package io.hvkit.powerflex.simulator.internal.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hvkit.powerflex.simulator.internal.array.ArrayError;
import io.hvkit.powerflex.simulator.internal.array.ArrayException;
import io.hvkit.powerflex.simulator.internal.array.Ids;
import io.hvkit.powerflex.simulator.internal.array.InvalidRequest;
import io.hvkit.powerflex.simulator.internal.array.Inventory;
import io.hvkit.powerflex.simulator.internal.array.SimulatedArray;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/** Looking at objects: one, all of a type, children, by key, by ids, and their statistics. */
final class Objects {

    /** How a type is shown. */
    private record Type(
            Supplier<ArrayNode> all,
            LongFunction<ObjectNode> one,
            LongFunction<ObjectNode> statistics,
            Supplier<Collection<Long>> ids) {}

    private final SimulatedArray array;
    private final Views views;
    private final Statistics statistics;

    Objects(SimulatedArray array) {
        this.array = array;
        this.views = new Views(array);
        this.statistics = new Statistics(array);
    }

    private Inventory inventory() {
        return array.inventory();
    }

    /** Returns the type of that name; of some that clients ask for there is never an object here. */
    private Optional<Type> type(String name) {
        return Optional.ofNullable(
                switch (name) {
                    case "System" ->
                        new Type(
                                () -> Json.array().add(views.system()),
                                id -> system(id, views::system),
                                id -> system(id, statistics::system),
                                () -> List.of(array.id()));
                    case "ProtectionDomain" ->
                        new Type(
                                () -> Json.array(inventory().domains(), views::domain),
                                id -> views.domain(inventory().domain(id)),
                                id -> statistics.domain(inventory().domain(id)),
                                () -> ids(inventory().domains(), one -> one.id()));
                    case "StoragePool" ->
                        new Type(
                                () -> Json.array(inventory().pools(), views::pool),
                                id -> views.pool(inventory().pool(id)),
                                id -> statistics.pool(inventory().pool(id)),
                                () -> ids(inventory().pools(), one -> one.id()));
                    case "Sdc" -> sdcType();
                    case "Volume" ->
                        new Type(
                                () -> Json.array(inventory().volumes(), views::volume),
                                id -> views.volume(inventory().volume(id)),
                                id -> statistics.volume(inventory().volume(id)),
                                () -> ids(inventory().volumes(), one -> one.id()));
                    case "VTree" ->
                        new Type(
                                () -> Json.array(inventory().trees(), views::tree),
                                id -> views.tree(inventory().tree(id)),
                                id -> statistics.tree(inventory().tree(id)),
                                () -> ids(inventory().trees(), one -> one.id()));
                    case "Host" -> array.nature().version().isFour() ? sdcType() : null;
                    case "Sdt" -> array.nature().version().isFour() ? nothing() : null;
                    case "Sds", "Device", "User", "FaultSet" -> nothing();
                    default -> null;
                });
    }

    private Type sdcType() {
        return new Type(
                () -> Json.array(inventory().sdcs(), views::sdc),
                id -> views.sdc(inventory().sdc(id)),
                id -> statistics.sdc(inventory().sdc(id)),
                () -> ids(inventory().sdcs(), one -> one.id()));
    }

    private static Type nothing() {
        LongFunction<ObjectNode> none = id -> {
            throw new ArrayException(ArrayError.WRONG_PARAMETERS);
        };
        return new Type(Json::array, none, none, List::of);
    }

    private ObjectNode system(long id, Supplier<ObjectNode> view) {
        requireSystem(id);
        return view.get();
    }

    void requireSystem(long id) {
        if (id != array.id()) {
            throw new ArrayException(ArrayError.SYSTEM_MISMATCH);
        }
    }

    boolean knows(String type) {
        return type(type).isPresent();
    }

    private Type require(String name) {
        return type(name).orElseThrow(() -> new InvalidRequest("there is no type " + name));
    }

    Answer all(String type) {
        return Answer.of(require(type).all.get());
    }

    Answer one(String type, long id) {
        return Answer.of(require(type).one.apply(id));
    }

    /** Returns all objects, in a list for each type. */
    Answer everything() {
        ObjectNode node = Json.object();
        node.set("System", views.system());
        for (String type : List.of("ProtectionDomain", "StoragePool", "Sdc", "Volume", "VTree", "Sds", "Device")) {
            String field = Character.toLowerCase(type.charAt(0)) + type.substring(1) + "List";
            node.set(
                    type.equals("VTree") ? "vTreeList" : field,
                    require(type).all.get());
        }
        return Answer.of(node);
    }

    boolean hasChildren(String type, String child) {
        return switch (type + "." + child) {
            case "System.ProtectionDomain",
                    "System.Sdc",
                    "System.User",
                    "ProtectionDomain.StoragePool",
                    "ProtectionDomain.Sds",
                    "StoragePool.Volume",
                    "StoragePool.VTree",
                    "StoragePool.Device",
                    "Sdc.Volume",
                    "VTree.Volume" -> true;
            default -> child.equals("Statistics") && knows(type);
        };
    }

    Answer children(String type, long id, String child) {
        if (child.equals("Statistics")) {
            return Answer.of(require(type).statistics.apply(id));
        }
        if (type.equals("Sdc")) {
            return Answer.of(Json.array(inventory().volumesOn(inventory().sdc(id)), views::volume));
        }
        ObjectNode parent = require(type).one.apply(id);
        String field = Character.toLowerCase(type.charAt(0)) + type.substring(1) + "Id";
        ArrayNode found = Json.array();
        for (JsonNode one : require(child).all.get()) {
            JsonNode of = one.path(type.equals("VTree") ? "vtreeId" : field);
            if (type.equals("System") || of.equals(parent.path("id"))) {
                found.add(one);
            }
        }
        return Answer.of(found);
    }

    Answer idByKey(String type, Body body) {
        long id = switch (type) {
            case "Volume" -> inventory().volumeNamed(body.required("name")).id();
            case "Sdc" -> sdcByKey(body);
            case "ProtectionDomain" ->
                inventory().domainNamed(body.required("name")).id();
            case "StoragePool" -> poolByKey(body);
            default -> throw new InvalidRequest("type " + type + " has no key");
        };
        return Answer.of(Json.text(Ids.text(id)));
    }

    private long sdcByKey(Body body) {
        Optional<String> ip = body.text("ip");
        if (ip.isPresent()) {
            return inventory().sdcAt(ip.get()).id();
        }
        return body.text("name")
                .map(name -> inventory().sdcNamed(name).id())
                .orElseThrow(() -> InvalidRequest.missingOneOf("ip", "name"));
    }

    private long poolByKey(Body body) {
        String name = body.required("name");
        Optional<String> domain = body.text("protectionDomainId");
        if (domain.isPresent()) {
            return inventory()
                    .poolNamed(inventory().domain(Ids.parse(domain.get())), name)
                    .id();
        }
        return body.text("protectionDomainName")
                .map(inventory()::domainNamed)
                .map(in -> inventory().poolNamed(in, name).id())
                .orElseThrow(() -> InvalidRequest.missingOneOf("protectionDomainId", "protectionDomainName"));
    }

    /** The old look-ups, by a name in the path that is encoded twice. */
    Answer idByPath(String type, String key) {
        long id = switch (type) {
            case "Domain" -> inventory().domainNamed(key).id();
            case "Pool" -> {
                int comma = key.indexOf(',');
                if (comma < 0) {
                    throw InvalidRequest.missing("protectionDomainId");
                }
                yield inventory()
                        .poolNamed(inventory().domain(Ids.parse(key.substring(0, comma))), key.substring(comma + 1))
                        .id();
            }
            case "Volume" -> inventory().volumeNamed(key).id();
            case "Client" -> inventory().sdcAt(key).id();
            default -> throw new InvalidRequest("type " + type + " has no key");
        };
        return Answer.of(Json.text(Ids.text(id)));
    }

    Answer selected(String type, Body body) {
        if (!body.has("ids")) {
            throw InvalidRequest.missing("ids");
        }
        ArrayNode found = Json.array();
        for (String id : body.texts("ids")) {
            found.add(selected(type, id, require(type).one));
        }
        return Answer.of(found);
    }

    Answer selectedStatistics(String type, Body body) {
        List<String> properties = body.texts("properties");
        if (properties.isEmpty()) {
            throw InvalidRequest.missing("properties");
        }
        if (!body.has("ids") && !body.has("allIds")) {
            throw InvalidRequest.missingOneOf("ids", "allIds");
        }
        List<String> ids = body.has("ids")
                ? body.texts("ids")
                : require(type).ids.get().stream().map(Ids::text).toList();
        ObjectNode answer = Json.object();
        for (String id : ids) {
            ObjectNode all = selected(type, id, require(type).statistics);
            ObjectNode some = answer.putObject(Ids.text(Ids.parse(id)));
            properties.forEach(property -> some.set(property, property(all, property)));
        }
        return Answer.of(answer);
    }

    private static ObjectNode selected(String type, String id, LongFunction<ObjectNode> view) {
        long number = Ids.parse(id);
        try {
            return view.apply(number);
        } catch (ArrayException e) {
            throw new InvalidRequest("Query selected Instances type: " + type + " - Got no statistics for id " + id
                    + ". It doesn't exist");
        }
    }

    private static JsonNode property(ObjectNode all, String name) {
        JsonNode value = all.get(name);
        if (value == null) {
            throw new InvalidRequest("Request message is not valid: the property " + name + " is not known");
        }
        return value;
    }

    private static <T> Collection<Long> ids(Collection<T> objects, ToLongFunction<T> id) {
        return objects.stream().map(id::applyAsLong).toList();
    }
}
