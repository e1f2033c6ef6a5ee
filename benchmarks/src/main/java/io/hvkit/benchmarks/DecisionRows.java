package io.hvkit.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Decisions, by JMH: ours and the plain one in turn, at one size after the other, each time in a JVM of its own that measures several
 * times. What else the machine does hits all sizes alike, which are compared.
 */
final class DecisionRows implements Row {

    private static final int MOST_ROUNDS = 2;

    /** Goals compare other sizes with each other: of this one, a round will do. */
    private static final String BETWEEN = "-10000";

    /** Making a fleet or a graph that takes longer than this many seconds is not done again: each JVM measures several times. */
    private static final double LONG = 20;

    @Override
    public List<String> names() {
        return List.of("select-", "place-", "snapshot-plan-");
    }

    /**
     * One decision at one size.
     *
     * @param name the row
     * @param type the class that makes it, by a method for each way
     * @param parameters how large it is
     */
    private record Decision(String name, String type, Map<String, String> parameters) {}

    /** What a decision took so far. */
    private static final class Times {
        private final List<Double> ours = new ArrayList<>();
        private final List<Double> plain = new ArrayList<>();
        private double took;
    }

    @Override
    public void measure(Bench bench) throws Exception {
        List<Decision> selections = bench.scale().fleets().stream()
                .map(hosts ->
                        new Decision("select-" + hosts, "DecisionBenchmark", Map.of("hosts", Integer.toString(hosts))))
                .toList();
        inTurn(bench, selections, List.of("ours", "plain"));
        place(bench);
        List<Decision> plans = bench.scale().snapshots().stream()
                .map(snapshots -> new Decision(
                        "snapshot-plan-" + snapshots,
                        "SnapshotPlanBenchmark",
                        Map.of("snapshots", Integer.toString(snapshots))))
                .toList();
        inTurn(bench, plans, List.of("ours"));
    }

    private static void place(Bench bench) throws Exception {
        List<Decision> placements = new ArrayList<>();
        for (int pools : bench.scale().fleets()) {
            Path catalog = bench.file("fleet-" + pools + ".db");
            Decision placement = new Decision(
                    "place-" + pools,
                    "PlacementBenchmark",
                    Map.of("pools", Integer.toString(pools), "catalog", catalog.toString()));
            if (bench.wants(placement.name)) {
                Fleet.write(catalog, pools);
                placements.add(placement);
            }
        }
        inTurn(bench, placements, List.of("ours", "plain"));
        for (int pools : bench.scale().fleets()) {
            String catalog = "fleet-" + pools + ".db";
            Content.remove(bench.file(catalog), bench.file(catalog + "-wal"), bench.file(catalog + "-shm"));
        }
    }

    private static void inTurn(Bench bench, List<Decision> decisions, List<String> ways) throws Exception {
        Map<Decision, Times> times = new LinkedHashMap<>();
        decisions.stream()
                .filter(decision -> bench.wants(decision.name))
                .forEach(decision -> times.put(decision, new Times()));
        for (int round = 0; round < Math.min(MOST_ROUNDS, bench.scale().rounds()); round++) {
            for (Map.Entry<Decision, Times> each : times.entrySet()) {
                boolean isEnough = round > 0 && each.getKey().name.endsWith(BETWEEN);
                if (!isEnough && each.getValue().took < LONG) {
                    measure(bench, each.getKey(), each.getValue(), ways);
                }
            }
        }
        times.forEach((decision, taken) -> bench.add(new Figures(
                decision.name,
                new Samples(taken.ours),
                taken.plain.isEmpty() ? Optional.empty() : Optional.of(new Samples(taken.plain)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                taken.took)));
    }

    private static void measure(Bench bench, Decision decision, Times times, List<String> ways) throws Exception {
        long start = System.nanoTime();
        for (String way : ways) {
            List<Double> measured = Micro.jmh(bench, decision.type + "." + way, decision.parameters);
            (way.equals("ours") ? times.ours : times.plain).addAll(measured);
        }
        times.took += (System.nanoTime() - start) / 1e9;
    }
}
