package io.hvkit.examples.images;

import io.hvkit.core.Progress;
import io.hvkit.testkit.canary.Canary;
import io.hvkit.testkit.canary.Scan;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/** One look for keys at all processes, while a copy is half done and its program runs. */
final class Glance {

    private final Canary canary;
    private Optional<Scan> seen = Optional.empty();

    Glance(Canary canary) {
        this.canary = canary;
    }

    void onceAt(Progress progress) {
        if (seen.isEmpty() && progress.percent() > 0 && progress.percent() < 100) {
            try {
                seen = Optional.of(canary.scanProcesses());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted");
            }
        }
    }

    /** Returns what was seen; fails if nobody looked, which would prove nothing. */
    Scan seen() {
        return seen.orElseThrow(() -> new IllegalStateException("the copy was over before anybody looked"));
    }
}
