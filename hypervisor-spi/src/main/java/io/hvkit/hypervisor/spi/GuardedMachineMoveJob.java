package io.hvkit.hypervisor.spi;

import io.hvkit.core.Progress;
import io.hvkit.core.internal.PluginBoundary;
import java.time.Duration;
import java.util.Optional;

/** A plug-in's move of a machine. */
record GuardedMachineMoveJob(MachineMoveJob job, PluginBoundary boundary) implements MachineMoveJob {

    @Override
    public Progress progress() throws InterruptedException {
        return boundary.call("machineMoveJob.progress", job::progress);
    }

    @Override
    public Optional<JobVerdict> await(Duration limit) throws InterruptedException {
        return boundary.call("machineMoveJob.await", () -> job.await(limit));
    }

    @Override
    public void cancel() throws InterruptedException {
        boundary.act("machineMoveJob.cancel", job::cancel);
    }
}
