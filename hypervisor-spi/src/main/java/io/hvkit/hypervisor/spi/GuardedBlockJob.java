package io.hvkit.hypervisor.spi;

import io.hvkit.core.Progress;
import io.hvkit.core.internal.PluginBoundary;
import java.time.Duration;
import java.util.Optional;

/** A block job of a plug-in. */
record GuardedBlockJob(BlockJob job, PluginBoundary boundary) implements BlockJob {

    @Override
    public BlockJobPhase phase() {
        return boundary.ask("blockJob.phase", job::phase);
    }

    @Override
    public Progress progress() throws InterruptedException {
        return boundary.call("blockJob.progress", job::progress);
    }

    @Override
    public BlockJobPhase awaitReady(Duration limit) throws InterruptedException {
        return boundary.call("blockJob.awaitReady", () -> job.awaitReady(limit));
    }

    @Override
    public Optional<JobVerdict> await(Duration limit) throws InterruptedException {
        return boundary.call("blockJob.await", () -> job.await(limit));
    }

    @Override
    public void pivot() throws InterruptedException {
        boundary.act("blockJob.pivot", job::pivot);
    }

    @Override
    public void cancel() throws InterruptedException {
        boundary.act("blockJob.cancel", job::cancel);
    }
}
