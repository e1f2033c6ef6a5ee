package io.hvkit.powerflex.simulator.internal.gateway;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import io.hvkit.powerflex.simulator.control.Fault;
import io.hvkit.powerflex.simulator.control.Faults;
import io.hvkit.powerflex.simulator.control.SimulatorClock;
import io.hvkit.powerflex.simulator.control.Timing.Span;
import io.hvkit.powerflex.simulator.internal.array.ArrayException;
import io.hvkit.powerflex.simulator.internal.array.Ids;
import io.hvkit.powerflex.simulator.internal.array.InvalidRequest;
import io.hvkit.powerflex.simulator.internal.array.Sdc;
import io.hvkit.powerflex.simulator.internal.array.SimulatedArray;
import io.hvkit.powerflex.simulator.internal.array.StoragePool;
import io.hvkit.powerflex.simulator.internal.array.StoragePool.Trouble;
import io.hvkit.powerflex.simulator.internal.array.VTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** What a test turns, over HTTP, for those who do not speak Java: {@code /simulator}. It asks for no password. */
public final class Control {

    private final SimulatedArray array;
    private final Sessions sessions;
    private final Faults faults;
    private final Consumer<Sdc> connect;
    private final Consumer<Sdc> disconnect;

    public Control(
            SimulatedArray array, Sessions sessions, Faults faults, Consumer<Sdc> connect, Consumer<Sdc> disconnect) {
        this.array = array;
        this.sessions = sessions;
        this.faults = faults;
        this.connect = connect;
        this.disconnect = disconnect;
    }

    /** Answers one request. */
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Request request = Request.of(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI(),
                    Optional.empty(),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            Gateway.send(exchange, answer(request));
        }
    }

    private Answer answer(Request request) {
        try {
            List<String> path = request.path();
            if (request.isPost() && path.size() >= 2) {
                return turn(path.subList(1, path.size()), request)
                        ? Answer.of(state())
                        : Answer.notFound(request.uri().getRawPath());
            }
            if (request.method().equals("DELETE") && path.equals(List.of("simulator", "faults"))) {
                faults.clear();
                return Answer.of(state());
            }
            return request.isGet() && path.size() == 1
                    ? Answer.of(state())
                    : Answer.notFound(request.uri().getRawPath());
        } catch (ArrayException e) {
            return Answer.refused(e, array.nature().version());
        } catch (InvalidRequest | IllegalArgumentException e) {
            return Answer.invalid(String.valueOf(e.getMessage()));
        }
    }

    private boolean turn(List<String> path, Request request) {
        SimulatorClock clock = array.nature().clock();
        String last = path.get(path.size() - 1);
        switch (path.get(0) + (path.size() > 1 ? "/" + last : "")) {
            case "faults" -> faults.add(fault(request.body()));
            case "clock/advance" ->
                clock.advance(Duration.ofMillis(
                        Math.round(Double.parseDouble(request.body().required("seconds")) * 1000)));
            case "clock/stop" -> clock.stop();
            case "clock/start" -> clock.start();
            case "tokens/expire" -> sessions.expireAll();
            case "pools/fill" -> begin(path, Trouble.FULL);
            case "pools/drain" -> end(path, Trouble.FULL);
            case "pools/rebuild" -> begin(path, Trouble.REBUILD);
            case "pools/rebuilt" -> end(path, Trouble.REBUILD);
            case "pools/rebalance" -> begin(path, Trouble.REBALANCE);
            case "pools/rebalanced" -> end(path, Trouble.REBALANCE);
            case "migrations/fail" ->
                array.run(() -> array.failMigration(
                        tree(path), request.body().text("reason").orElse("SimulatedFailure")));
            case "hosts/connect" -> array.run(() -> connect.accept(host(path)));
            case "hosts/disconnect" -> array.run(() -> disconnect.accept(host(path)));
            default -> {
                return false;
            }
        }
        return true;
    }

    private void begin(List<String> path, Trouble trouble) {
        array.run(() -> array.begin(pool(path), trouble));
    }

    private void end(List<String> path, Trouble trouble) {
        array.run(() -> array.end(pool(path), trouble));
    }

    private StoragePool pool(List<String> path) {
        return array.inventory().pools().stream()
                .filter(one -> path.size() == 3 && one.name().equals(path.get(1)))
                .findFirst()
                .orElseThrow(() -> new InvalidRequest("write /simulator/pools/NAME/...; there is no such pool"));
    }

    private VTree tree(List<String> path) {
        if (path.size() != 3) {
            throw new InvalidRequest("write /simulator/migrations/VTREE/fail");
        }
        return array.inventory().tree(Ids.parse(path.get(1)));
    }

    private Sdc host(List<String> path) {
        return array.inventory().sdcs().stream()
                .filter(one -> path.size() == 3 && one.host().equals(path.get(1)))
                .findFirst()
                .orElseThrow(() -> new InvalidRequest("write /simulator/hosts/NAME/...; there is no such host"));
    }

    private static Fault fault(Body body) {
        Fault fault = Fault.at(body.text("operation").orElse("*"))
                .times(Math.toIntExact(body.number("times").orElse(1)));
        if (body.oneOf("moment", "before", "after").equals("after")) {
            fault = fault.afterWork();
        }
        if (body.has("status")) {
            return fault.answering(Math.toIntExact(body.requiredNumber("status")));
        }
        if (body.has("code")) {
            return fault.refusing(Math.toIntExact(body.requiredNumber("code")));
        }
        if (body.has("slowSeconds")) {
            return fault.slowBy(Duration.ofMillis(Math.round(Double.parseDouble(body.required("slowSeconds")) * 1000)));
        }
        return body.flag("reorder") ? fault.reordering() : fault.losingTheAnswer();
    }

    private ObjectNode state() {
        return array.call(() -> {
            ObjectNode node = Json.object()
                    .put("system", Ids.text(array.id()))
                    .put("name", array.nature().name())
                    .put("version", array.nature().version().toString())
                    .put("clock", array.nature().clock().instant().toString());
            node.set(
                    "faults",
                    Json.texts(faults.waiting().stream().map(Fault::toString).toList()));
            ArrayNode moving = node.putArray("migrations");
            Duration whole = array.nature().timing().of(Span.MIGRATION);
            array.inventory()
                    .trees()
                    .forEach(tree -> tree.migration()
                            .ifPresent(migration -> moving.addObject()
                                    .put("vtreeId", Ids.text(tree.id()))
                                    .put("name", tree.name())
                                    .put("from", migration.source().name())
                                    .put("to", migration.destination().name())
                                    .put("heading", migration.heading().name())
                                    .put("status", migration.status().word())
                                    .put("part", migration.part(whole))));
            return node;
        });
    }
}
