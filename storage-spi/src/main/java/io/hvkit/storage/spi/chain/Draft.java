package io.hvkit.storage.spi.chain;

import io.hvkit.core.PoolId;
import io.hvkit.storage.spi.chain.Reason.Why;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A plan in the making. Its graph is what the steps so far make of the first one, so that no prediction can differ from its steps. */
final class Draft {

    private final ChainGraph before;
    private ChainGraph graph;
    private final List<Step> steps = new ArrayList<>();
    private final List<UsageEvent> events = new ArrayList<>();
    private final Set<Reason> reasons = new LinkedHashSet<>();
    private final Set<Waiting> waiting = new LinkedHashSet<>();

    Draft(ChainGraph before) {
        this.before = before;
        this.graph = before;
    }

    ChainGraph graph() {
        return graph;
    }

    /** Returns how many steps there are. */
    int size() {
        return steps.size();
    }

    /** Adds a note, or work whose stores are known to answer. */
    void then(Step step) {
        ChainGraph.Applied applied = graph.apply(step);
        graph = applied.graph();
        applied.event().ifPresent(events::add);
        steps.add(step);
    }

    /** Adds work if its stores answer, or keeps in mind that it waits; says whether it was added. */
    boolean work(Step step) {
        Optional<PoolId> down = firstDown(step);
        if (down.isPresent()) {
            waiting.add(new Waiting(step, down.get()));
            because(Why.STORE_DOWN, down.get() + " does not answer");
            return false;
        }
        then(step);
        return true;
    }

    private Optional<PoolId> firstDown(Step step) {
        Optional<PoolId> first = Optional.empty();
        for (PoolId store : step.needs()) {
            if (!isUp(store) && (first.isEmpty() || Order.POOLS.compare(store, first.get()) < 0)) {
                first = Optional.of(store);
            }
        }
        return first;
    }

    boolean isUp(PoolId store) {
        return graph.store(store)
                .filter(known -> known.standing() == ChainStore.Standing.UP)
                .isPresent();
    }

    void because(Why why, String detail) {
        because(new Reason(why, detail));
    }

    void because(Reason reason) {
        reasons.add(reason);
    }

    /** Returns the plan, if it stays within the radius. */
    ChainPlan plan(BlastRadius radius) {
        if (steps.isEmpty() && waiting.isEmpty() && reasons.isEmpty()) {
            because(Why.NOTHING_TO_DO, "everything is as it was asked for");
        }
        radius.check(before, steps);
        return new ChainPlan(steps, graph, events, List.copyOf(reasons), List.copyOf(waiting));
    }
}
