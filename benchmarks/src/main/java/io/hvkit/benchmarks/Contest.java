package io.hvkit.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs ways in turn, A B C A B C, so that what else the machine does hits all of them alike. */
final class Contest {

    /** A round that takes longer than this many seconds is one of a few: its times are long against what disturbs them. */
    private static final double LONG = 3;

    private static final int FEW = 3;
    private static final double VERY_LONG = 10;
    private static final int TWO = 2;
    private static final int MOST_TO_WARM_UP = 100;

    private final int rounds;
    private final double warmUp;

    /** @param warmUp how many seconds our way is gone before anything counts; once at least */
    Contest(int rounds, double warmUp) {
        this.rounds = rounds;
        this.warmUp = warmUp;
    }

    Figures run(String name, Ways ways) throws Exception {
        List<Double> ours = new ArrayList<>();
        List<Double> plain = new ArrayList<>();
        List<Double> tuned = new ArrayList<>();
        List<Double> limit = new ArrayList<>();
        long start = System.nanoTime();
        double first = ways.ours().seconds();
        boolean counts = first > LONG; // a disk that is waited for gets no warmer: it is the first round
        if (!counts) {
            warmUp(ways.ours(), first);
        }
        int enough = rounds;
        for (int round = 0; round < enough; round++) {
            long began = System.nanoTime();
            ours.add(round == 0 && counts ? first : ways.ours().seconds());
            take(ways.plain(), plain);
            take(ways.tuned(), tuned);
            take(ways.limit(), limit);
            enough = Math.min(enough, enough(since(began) + (round == 0 && counts ? first : 0)));
        }
        return new Figures(
                name,
                new Samples(ours),
                samples(plain),
                samples(tuned),
                samples(limit),
                Optional.of(first),
                since(start));
    }

    private int enough(double secondsOfOne) {
        if (secondsOfOne > VERY_LONG) {
            return TWO;
        }
        return secondsOfOne > LONG ? FEW : rounds;
    }

    /** An embedder's process runs for days; the others are processes that end, or as warm. */
    private void warmUp(Way ours, double first) throws Exception {
        double gone = first;
        for (int times = 1; gone < warmUp && times < MOST_TO_WARM_UP; times++) {
            gone += ours.seconds();
        }
    }

    private static void take(Optional<Way> way, List<Double> times) throws Exception {
        if (way.isPresent()) {
            times.add(way.get().seconds());
        }
    }

    private static Optional<Samples> samples(List<Double> times) {
        return times.isEmpty() ? Optional.empty() : Optional.of(new Samples(times));
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
