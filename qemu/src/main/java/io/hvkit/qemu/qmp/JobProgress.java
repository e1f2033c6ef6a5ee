package io.hvkit.qemu.qmp;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;

/** Tells a listener how far a job is, in numbers that never go back, and only when they change. */
final class JobProgress {

    private final ProgressListener listener;
    private long done = -1;
    private long total = -1;

    JobProgress(ProgressListener listener) {
        this.listener = listener;
    }

    void tell(JobStatus now) {
        Progress progress = now.progress();
        long further = Math.max(done, progress.done().bytes());
        if (further > done || progress.total().bytes() != total) {
            done = further;
            total = progress.total().bytes();
            listener.progressed(new Progress(progress.phase(), ByteSize.bytes(done), progress.total()));
        }
    }
}
