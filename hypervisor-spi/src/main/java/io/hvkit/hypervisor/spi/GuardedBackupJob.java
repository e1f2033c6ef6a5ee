package io.hvkit.hypervisor.spi;

import io.hvkit.core.Progress;
import io.hvkit.core.internal.PluginBoundary;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A plug-in's backup. */
record GuardedBackupJob(BackupJob job, PluginBoundary boundary) implements BackupJob {

    @Override
    public List<BackupDisk> disks() {
        return boundary.ask("backupJob.disks", job::disks);
    }

    @Override
    public Consistency consistency() {
        return boundary.ask("backupJob.consistency", job::consistency);
    }

    @Override
    public Optional<String> whyNotQuiesced() {
        return boundary.ask("backupJob.whyNotQuiesced", job::whyNotQuiesced);
    }

    @Override
    public Progress progress() throws InterruptedException {
        return boundary.call("backupJob.progress", job::progress);
    }

    @Override
    public Optional<JobVerdict> await(Duration limit) throws InterruptedException {
        return boundary.call("backupJob.await", () -> job.await(limit));
    }

    @Override
    public void cancel() throws InterruptedException {
        boundary.act("backupJob.cancel", job::cancel);
    }
}
