package io.hvkit.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs ways in turn, A B C A B C, so that what else the machine does hits all of them alike. */
final class Contest {

    private final int rounds;

    Contest(int rounds) {
        this.rounds = rounds;
    }

    Figures run(String name, Way ours, Optional<Way> plain, Optional<Way> limit) throws Exception {
        List<Double> oursTimes = new ArrayList<>();
        List<Double> plainTimes = new ArrayList<>();
        List<Double> limitTimes = new ArrayList<>();
        ours.seconds(); // once to warm up; the others are other processes, or as warm
        for (int round = 0; round < rounds; round++) {
            oursTimes.add(ours.seconds());
            if (plain.isPresent()) {
                plainTimes.add(plain.get().seconds());
            }
            if (limit.isPresent()) {
                limitTimes.add(limit.get().seconds());
            }
        }
        return new Figures(
                name,
                new Samples(oursTimes),
                plain.map(way -> new Samples(plainTimes)),
                limit.map(way -> new Samples(limitTimes)));
    }
}
