package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What to do, in order, and what comes of it. Nothing has been done yet. Whoever stops between two steps, for whatever reason, asks for
 * the same again and gets the rest.
 *
 * @param steps what to do; apply each to the graph when it is done
 * @param outcome the graph after all of them
 * @param events what whoever counts usage is told on the way
 * @param reasons why it is so
 * @param waiting what is due and cannot be done now
 */
@Incubating(since = "0.1")
public record ChainPlan(
        List<Step> steps, ChainGraph outcome, List<UsageEvent> events, List<Reason> reasons, List<Waiting> waiting) {

    /** Copies the lists. */
    public ChainPlan {
        steps = List.copyOf(steps);
        events = List.copyOf(events);
        reasons = List.copyOf(reasons);
        waiting = List.copyOf(waiting);
    }

    /** Returns whether everything that is due is in it. */
    public boolean isComplete() {
        return waiting.isEmpty();
    }

    /** Returns one line for each step, then one for each reason, then one for each step that waits. */
    public String explain() {
        Stream<String> does = steps.stream()
                .map(step -> (step.needs().isEmpty() ? "note  " : "work  ") + step.accept(StepWords.WORDS));
        Stream<String> since = reasons.stream().map(reason -> "why   " + reason.why() + ": " + reason);
        Stream<String> later =
                waiting.stream().map(due -> "waits " + due.step().accept(StepWords.WORDS) + ", for " + due.store());
        return Stream.of(does, since, later).flatMap(lines -> lines).collect(Collectors.joining("\n", "", "\n"));
    }
}
