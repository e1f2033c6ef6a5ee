package io.hvkit.catalog.jdbc.internal;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.Lease;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.OperationRecord.Fault;
import io.hvkit.catalog.spi.OperationRecord.Outcome;
import io.hvkit.catalog.spi.OperationRecord.Step;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** How an operation lies in its table: what is never looked up by is JSON. */
final class OperationMapping {

    static final Mapping<OperationRecord> OPERATIONS = Mapping.of("operations", "operation", OperationMapping::read)
            .text("kind", OperationRecord::kind)
            .found("idempotency_key", OperationRecord.IDEMPOTENCY_KEY)
            .unique("idempotency_key")
            .facts("request", OperationRecord::request)
            .text("objects", operation -> Json.write(operation.objects()))
            .found("state", OperationRecord.STATE)
            .text(
                    "steps",
                    operation -> Json.write(operation.steps().stream()
                            .map(OperationMapping::json)
                            .toList()))
            .optionalText("lease_holder", operation -> operation.lease().map(Lease::holder))
            .optionalMoment("lease_until", operation -> operation.lease().map(Lease::until))
            .number("fence", OperationRecord::fence)
            .word("cancellation", OperationRecord::cancellation)
            .optionalText("outcome", operation -> operation.outcome().map(OperationMapping::json))
            .moment("created_at", OperationRecord::createdAt)
            .optionalMoment("ended_at", OperationRecord::endedAt);

    private OperationMapping() {}

    private static OperationRecord read(Row row) throws SQLException {
        RecordId<OperationRecord> id = row.id("id");
        long fence = row.number("fence");
        Optional<Lease> lease = Optional.empty();
        if (row.optional("lease_holder").isPresent()) {
            lease = Optional.of(new Lease(id, row.text("lease_holder"), fence, row.moment("lease_until")));
        }
        return new OperationRecord(
                id,
                row.number("version"),
                row.text("kind"),
                row.text("idempotency_key"),
                row.facts("request"),
                new TreeSet<>(list(Json.read(row.text("objects"))).stream()
                        .map(OperationMapping::text)
                        .toList()),
                row.one(OperationRecord.State.class, "state"),
                list(Json.read(row.text("steps"))).stream()
                        .map(OperationMapping::step)
                        .toList(),
                lease,
                fence,
                row.one(OperationRecord.Cancellation.class, "cancellation"),
                row.optional("outcome").map(OperationMapping::outcome),
                row.moment("created_at"),
                row.optionalMoment("ended_at"));
    }

    private static Map<String, Object> json(Step step) {
        return Map.of(
                "name", step.name(),
                "progress", step.progress().name(),
                "evidence", step.evidence().texts());
    }

    private static Step step(Object json) {
        return new Step(
                text(member(json, "name")),
                Step.Progress.valueOf(text(member(json, "progress"))),
                Row.facts(member(json, "evidence")));
    }

    private static String json(Outcome outcome) {
        Map<String, Object> members = new TreeMap<>();
        members.put("result", outcome.result().texts());
        members.put("leftovers", outcome.leftovers());
        outcome.failure()
                .ifPresent(fault -> members.put(
                        "failure",
                        List.of(fault.failure().name(), fault.effect().name(), fault.message())));
        return Json.write(members);
    }

    private static Outcome outcome(String text) {
        Object json = Json.read(text);
        Facts result = Row.facts(member(json, "result"));
        Optional<Fault> failure = Optional.empty();
        if (((Map<?, ?>) json).containsKey("failure")) {
            List<?> parts = list(member(json, "failure"));
            failure = Optional.of(new Fault(
                    Failure.valueOf(text(parts.get(0))), Effect.valueOf(text(parts.get(1))), text(parts.get(2))));
        }
        return new Outcome(
                result,
                failure,
                list(member(json, "leftovers")).stream()
                        .map(OperationMapping::text)
                        .toList());
    }

    private static Object member(Object json, String name) {
        if (json instanceof Map<?, ?> map && map.containsKey(name)) {
            return Objects.requireNonNull(map.get(name));
        }
        throw new IllegalArgumentException("there is no '" + name + "'");
    }

    private static List<?> list(Object json) {
        if (json instanceof List<?> list) {
            return list;
        }
        throw new IllegalArgumentException("no list");
    }

    private static String text(Object json) {
        if (json instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException("no text");
    }
}
