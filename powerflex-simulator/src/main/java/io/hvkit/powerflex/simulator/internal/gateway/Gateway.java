package io.hvkit.powerflex.simulator.internal.gateway;

import com.sun.net.httpserver.HttpExchange;
import io.hvkit.powerflex.simulator.control.Call;
import io.hvkit.powerflex.simulator.control.Calls;
import io.hvkit.powerflex.simulator.control.Fault;
import io.hvkit.powerflex.simulator.control.Fault.Moment;
import io.hvkit.powerflex.simulator.control.Faults;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.powerflex.simulator.internal.array.ArrayException;
import io.hvkit.powerflex.simulator.internal.array.InvalidRequest;
import io.hvkit.powerflex.simulator.internal.array.SimulatedArray;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Answers requests. Any thread may use it. */
public final class Gateway {

    private static final System.Logger LOG = System.getLogger(Gateway.class.getName());

    private final SimulatedArray array;
    private final Routes routes;
    private final Sessions sessions;
    private final Faults faults;
    private final Calls calls;
    private final CountDownLatch closed = new CountDownLatch(1);

    public Gateway(SimulatedArray array, Sessions sessions, Account account, Faults faults, Calls calls) {
        this.array = array;
        this.sessions = sessions;
        this.faults = faults;
        this.calls = calls;
        this.routes = new Routes(array, new Logins(array, sessions, account));
    }

    /** Answers one request, or closes its connection if a fault wants that. */
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Request request = Request.of(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI(),
                    Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization")),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            Optional<Operation> operation = routes.find(request);
            String name = operation.map(Operation::name).orElse("unknown");
            Optional<Answer> answer = struck(name, operation, request);
            calls.add(new Call(
                    name,
                    request.method(),
                    request.uri().getRawPath(),
                    answer.map(Answer::status).orElse(0)));
            if (answer.isPresent()) {
                send(exchange, answer.get());
            }
        }
    }

    /** Ends the waits of slow answers. */
    public void close() {
        closed.countDown();
    }

    /** Returns the answer, changed by the fault that it meets; nothing if it is lost. */
    private Optional<Answer> struck(String name, Optional<Operation> operation, Request request) {
        Optional<Fault> fault = faults.strike(name);
        if (fault.isPresent() && fault.get().moment() == Moment.BEFORE_WORK) {
            return outcome(fault.get(), () -> answer(operation, request));
        }
        Answer answer = answer(operation, request);
        return fault.isEmpty() ? Optional.of(answer) : outcome(fault.get(), () -> answer);
    }

    private Optional<Answer> outcome(Fault fault, Supplier<Answer> honest) {
        GatewayVersion version = array.nature().version();
        return fault.outcome()
                .match(
                        status -> Optional.of(statusAlone(status, version)),
                        code -> Optional.of(Answer.refused(code, version)),
                        Optional::empty,
                        pause -> {
                            pause(pause);
                            return Optional.of(honest.get());
                        },
                        () -> Optional.of(honest.get().reordered()));
    }

    private static Answer statusAlone(int status, GatewayVersion version) {
        if (status == 204) {
            return Answer.noContent();
        }
        return status == 401 ? Answer.unauthorized(version) : Answer.page(status, "Simulated fault");
    }

    private void pause(Duration length) {
        try {
            if (closed.await(length.toNanos(), TimeUnit.NANOSECONDS)) {
                LOG.log(System.Logger.Level.DEBUG, "a slow answer is cut short by the end of the simulator");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Answer answer(Optional<Operation> operation, Request request) {
        if (operation.isEmpty()) {
            return Answer.notFound(request.uri().getRawPath());
        }
        if (operation.get().access() == Operation.Access.LOGGED_IN && !sessions.admits(request)) {
            return Answer.unauthorized(array.nature().version());
        }
        try {
            return array.call(() -> operation.get().work().apply(request));
        } catch (ArrayException e) {
            return Answer.refused(e, array.nature().version());
        } catch (InvalidRequest e) {
            return Answer.invalid(e.text());
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "the simulator itself failed at " + request.uri(), e);
            return Answer.error(500, 0, "The simulator itself failed: " + e);
        }
    }

    static void send(HttpExchange exchange, Answer answer) throws IOException {
        byte[] body = answer.body();
        exchange.getResponseHeaders().set("Content-Type", answer.contentType());
        exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }
}
