package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Progress;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * An operation of tests with a step of every kind: it makes {@code new} and {@code link} in place of {@code old}, turns to them with {@code
 * turn}, from where there is no way back, and removes {@code old}. The catalog has a zone while {@code new} is there.
 */
final class Replacement implements Procedure<String, String> {

    /** What the look for {@code turn} is good for. */
    enum Looking {
        /** It looks. */
        WITH_A_LOOK,
        /** There is none. */
        WITHOUT
    }

    private final Outside outside;
    private final Looking looking;

    Replacement(Outside outside, Looking looking) {
        this.outside = outside;
        this.looking = looking;
    }

    static RecordId<ZoneRecord> zone(String name) {
        return new RecordId<>("zone-" + name);
    }

    @Override
    public String kind() {
        return "test.replace";
    }

    @Override
    public Facts facts(String request) {
        return Facts.of("name", request);
    }

    @Override
    public String request(Facts facts) {
        return facts.text("name");
    }

    @Override
    public SortedSet<String> objects(String request) {
        return new TreeSet<>(List.of("thing:" + request));
    }

    @Override
    public Facts run(String name, Run run) throws InterruptedException {
        String size = run.step(Step.recorded("plan", transaction -> Facts.of("size", "7")))
                .text("size");
        run.step(Step.of("new", () -> made("new", name, size))
                .keeping((transaction, evidence) -> transaction.zones().insert(new ZoneRecord(zone(name), 0, name)))
                .undoneBy(evidence -> outside.remove("new " + name))
                .forgetting((transaction, evidence) -> forget(transaction, name)));
        run.progress().progressed(new Progress("linking", ByteSize.bytes(1), ByteSize.bytes(2)));
        run.step(Step.of("link", () -> made("link", name, size)).undoneBy(evidence -> outside.remove("link " + name)));
        Step turn = Step.of("turn", () -> made("turn", name, size)).committing();
        run.step(looking == Looking.WITHOUT ? turn : turn.lookedForBy(() -> look("turn", name, size)));
        run.step(Step.of("note", () -> made("note", name, size)));
        run.tidy(Step.of("old", () -> {
            outside.remove("old " + name);
            return Facts.NONE;
        }));
        return Facts.of("size", size);
    }

    @Override
    public String result(String request, Facts result) {
        return request + " of " + result.text("size");
    }

    private Facts made(String what, String name, String size) throws InterruptedException {
        outside.make(what + " " + name);
        return Facts.of("size", size);
    }

    private Optional<Facts> look(String what, String name, String size) throws InterruptedException {
        return outside.has(what + " " + name) ? Optional.of(Facts.of("size", size)) : Optional.empty();
    }

    private static void forget(Transaction transaction, String name) {
        transaction.zones().find(zone(name)).ifPresent(transaction.zones()::delete);
    }
}
