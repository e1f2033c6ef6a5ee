package io.hvkit.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Times of one way, in the order in which they were taken.
 *
 * @param seconds the times, at least one
 */
record Samples(List<Double> seconds) {

    Samples {
        seconds = List.copyOf(seconds);
        if (seconds.isEmpty()) {
            throw new IllegalArgumentException("there are no times");
        }
    }

    double median() {
        return median(seconds);
    }

    /** Returns half of the distance between the slowest and the fastest, as a share of the median. */
    double spread() {
        double[] sorted = sorted(seconds);
        return (sorted[sorted.length - 1] - sorted[0]) / 2 / median();
    }

    /** Returns how many times as fast as {@code other} these are: the median of the ratios of the same rounds. */
    double timesAsFastAs(Samples other) {
        int rounds = Math.min(seconds.size(), other.seconds.size());
        return median(IntStream.range(0, rounds)
                .mapToObj(i -> other.seconds.get(i) / seconds.get(i))
                .toList());
    }

    private static double median(List<Double> values) {
        double[] sorted = sorted(values);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static double[] sorted(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted;
    }
}
