package io.hvkit.examples.scaleio;

import io.hvkit.testkit.Await;
import java.util.Locale;

/** How much of something is done, looked at until it is as much as was waited for. */
final class Part implements Await.Condition {

    /** Tells how much is done, between 0 and 1. */
    interface Gauge {
        double read() throws InterruptedException;
    }

    private final double wanted;
    private final Gauge gauge;
    private double last;

    Part(double wanted, Gauge gauge) {
        this.wanted = wanted;
        this.gauge = gauge;
    }

    @Override
    public boolean holds() throws InterruptedException {
        last = gauge.read();
        return last >= wanted;
    }

    /** Returns whether it was seen in the middle when it was looked at last. */
    boolean isInTheMiddle() {
        return last >= wanted && last < 1;
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.0f %%", last * 100);
    }
}
