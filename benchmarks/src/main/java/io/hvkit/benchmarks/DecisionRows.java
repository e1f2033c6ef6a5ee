package io.hvkit.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Decisions, by JMH: ours and the plain one in turn, each round in JVMs of their own that measure several times. */
final class DecisionRows implements Row {

    private static final int MOST_ROUNDS = 2;

    /** Making a fleet or a graph that takes longer than this many seconds is not done again: each JVM measures several times. */
    private static final double LONG = 20;

    @Override
    public List<String> names() {
        return List.of("select-", "place-", "snapshot-plan-");
    }

    @Override
    public void measure(Bench bench) throws Exception {
        for (int hosts : bench.scale().fleets()) {
            row(bench, "select-" + hosts, "DecisionBenchmark", Map.of("hosts", Integer.toString(hosts)), true);
        }
        for (int pools : bench.scale().fleets()) {
            place(bench, "place-" + pools, pools);
        }
        for (int snapshots : bench.scale().snapshots()) {
            Map<String, String> parameters = Map.of("snapshots", Integer.toString(snapshots));
            row(bench, "snapshot-plan-" + snapshots, "SnapshotPlanBenchmark", parameters, false);
        }
    }

    private static void place(Bench bench, String name, int pools) throws Exception {
        if (bench.wants(name)) {
            Path file = bench.file("fleet.db");
            Fleet.write(file, pools);
            Map<String, String> parameters = Map.of("pools", Integer.toString(pools), "catalog", file.toString());
            row(bench, name, "PlacementBenchmark", parameters, true);
            Content.remove(file, bench.file("fleet.db-wal"), bench.file("fleet.db-shm"));
        }
    }

    private static void row(Bench bench, String name, String type, Map<String, String> parameters, boolean hasPlain)
            throws Exception {
        if (!bench.wants(name)) {
            return;
        }
        long start = System.nanoTime();
        List<Double> ours = new ArrayList<>();
        List<Double> plain = new ArrayList<>();
        for (int round = 0; round < Math.min(MOST_ROUNDS, bench.scale().rounds()) && since(start) < LONG; round++) {
            ours.addAll(Micro.jmh(bench, type + ".ours", parameters));
            if (hasPlain) {
                plain.addAll(Micro.jmh(bench, type + ".plain", parameters));
            }
        }
        bench.add(new Figures(
                name,
                new Samples(ours),
                hasPlain ? Optional.of(new Samples(plain)) : Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                since(start)));
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
