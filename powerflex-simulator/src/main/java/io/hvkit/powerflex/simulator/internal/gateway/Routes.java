package io.hvkit.powerflex.simulator.internal.gateway;

import io.hvkit.powerflex.simulator.internal.array.Ids;
import io.hvkit.powerflex.simulator.internal.array.SimulatedArray;
import java.util.List;
import java.util.Optional;

/** Finds what a path asks for. */
final class Routes {

    private final SimulatedArray array;
    private final Objects objects;
    private final VolumeActions volumes;
    private final SystemActions systems;
    private final Logins logins;

    Routes(SimulatedArray array, Logins logins) {
        this.array = array;
        this.logins = logins;
        this.objects = new Objects(array);
        this.volumes = new VolumeActions(array);
        this.systems = new SystemActions(array);
    }

    /** Returns what a request asks for; nothing if there is no such path or it takes another method. */
    Optional<Operation> find(Request request) {
        List<String> path = request.path();
        if (path.size() == 3 && path.get(0).equals("rest") && path.get(1).equals("auth")) {
            return rest(request, path.get(2));
        }
        if (path.size() < 2 || !path.get(0).equals("api")) {
            return Optional.empty();
        }
        return switch (path.get(1)) {
            case "types" -> types(request, path.subList(2, path.size()));
            case "instances" -> instances(request, path.subList(2, path.size()));
            default -> path.size() == 2 && request.isGet() ? simple(path.get(1)) : Optional.empty();
        };
    }

    private Optional<Operation> simple(String word) {
        return Optional.ofNullable(
                switch (word) {
                    case "login", "gatewayLogin" -> Operation.open(word, logins::login);
                    case "logout", "gatewayLogout" -> Operation.of(word, logins::logout);
                    case "version" ->
                        array.nature().version().isFour()
                                ? Operation.of(word, request -> logins.version())
                                : Operation.open(word, request -> logins.version());
                    case "Configuration" -> Operation.of(word, request -> logins.configuration());
                    default -> null;
                });
    }

    private Optional<Operation> rest(Request request, String word) {
        if (!array.nature().version().isFour() || !request.isPost()) {
            return Optional.empty();
        }
        return Optional.ofNullable(
                switch (word) {
                    case "login" -> Operation.open("restLogin", logins::webLogin);
                    case "logout" -> Operation.of("restLogout", logins::webLogout);
                    default -> null;
                });
    }

    private Optional<Operation> types(Request request, List<String> path) {
        if (path.size() < 2 || !path.get(1).equals("instances")) {
            return Optional.empty();
        }
        String type = path.get(0);
        if (path.size() == 3 && request.isGet()) {
            return byPath(type, path.get(2));
        }
        if (!objects.knows(type)) {
            return Optional.empty();
        }
        if (path.size() == 2) {
            return allOrNew(request, type);
        }
        return path.size() == 4 && path.get(2).equals("action") && request.isPost()
                ? query(type, path.get(3))
                : Optional.empty();
    }

    private Optional<Operation> allOrNew(Request request, String type) {
        if (request.isGet()) {
            return Optional.of(Operation.of("list" + type, ignored -> objects.all(type)));
        }
        return request.isPost() && type.equals("Volume")
                ? Optional.of(Operation.of("createVolume", asked -> volumes.create(asked.body())))
                : Optional.empty();
    }

    private Optional<Operation> byPath(String type, String word) {
        for (String prefix : List.of("getByName::", "getByIp::")) {
            if (word.startsWith(prefix)) {
                String key = Request.decoded(word.substring(prefix.length()));
                return Optional.of(
                        Operation.of(prefix.substring(0, prefix.length() - 2), request -> objects.idByPath(type, key)));
            }
        }
        return Optional.empty();
    }

    private Optional<Operation> query(String type, String action) {
        return Optional.ofNullable(
                switch (action) {
                    case "queryIdByKey" -> Operation.of(action, asked -> objects.idByKey(type, asked.body()));
                    case "queryBySelectedIds" -> Operation.of(action, asked -> objects.selected(type, asked.body()));
                    case "querySelectedStatistics" ->
                        Operation.of(action, asked -> objects.selectedStatistics(type, asked.body()));
                    default -> null;
                });
    }

    private Optional<Operation> instances(Request request, List<String> path) {
        if (path.isEmpty()) {
            return request.isGet()
                    ? Optional.of(Operation.of("allInstances", ignored -> objects.everything()))
                    : Optional.empty();
        }
        int colons = path.get(0).indexOf("::");
        String type = colons < 0 ? path.get(0) : path.get(0).substring(0, colons);
        Optional<String> id =
                colons < 0 ? Optional.empty() : Optional.of(path.get(0).substring(colons + 2));
        if (!objects.knows(type) || (id.isEmpty() && !type.equals("System"))) {
            return Optional.empty();
        }
        if (path.size() == 3 && path.get(1).equals("action") && request.isPost()) {
            return action(type, id, path.get(2));
        }
        return request.isGet() ? id.flatMap(text -> look(type, text, path)) : Optional.empty();
    }

    private Optional<Operation> look(String type, String id, List<String> path) {
        if (path.size() == 1) {
            return Optional.of(Operation.of("get" + type, ignored -> objects.one(type, Ids.parse(id))));
        }
        return path.size() == 3 && path.get(1).equals("relationships") && objects.hasChildren(type, path.get(2))
                ? Optional.of(Operation.of(
                        type + "." + path.get(2), ignored -> objects.children(type, Ids.parse(id), path.get(2))))
                : Optional.empty();
    }

    private Optional<Operation> action(String type, Optional<String> id, String name) {
        return switch (type) {
            case "System" ->
                systems.action(name)
                        .map(action -> Operation.of(name, asked -> {
                            id.map(Ids::parse).ifPresent(objects::requireSystem);
                            return action.apply(asked.body());
                        }));
            case "Volume" ->
                volumes.action(name)
                        .map(action -> Operation.of(name, asked -> {
                            Body body = asked.body();
                            action.accept(array.inventory().volume(Ids.parse(id.orElseThrow())), body);
                            return Answer.done();
                        }));
            case "Sdc" ->
                systems.sdcAction(name)
                        .map(action -> Operation.of(
                                name,
                                asked -> action.apply(
                                        array.inventory().sdc(Ids.parse(id.orElseThrow())), asked.body())));
            default -> Optional.empty();
        };
    }
}
