package io.hvkit.qemu.download;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import java.util.OptionalLong;

/** Tells how far it is, now and then; within a phase it never goes back, though a download may begin anew. */
final class FetchProgress {

    private static final long STEP = 1 << 20;

    private final ProgressListener listener;
    private final Patience patience;
    private String phase = "";
    private long told;
    private long next;

    FetchProgress(ProgressListener listener, Patience patience) {
        this.listener = listener;
        this.patience = patience;
    }

    /** Returns what hears of bytes on this host; it ends the work when the caller is interrupted or all time is used up. */
    PartialDownload.Reading phase(String name) {
        return bytes -> {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while " + name);
            }
            patience.left();
            done(name, bytes, OptionalLong.empty());
        };
    }

    void done(String name, long bytes, OptionalLong total) {
        enter(name);
        if (bytes >= next) {
            tell(bytes, total.orElse(0));
        }
    }

    /** Tells of the end, however little it is since the last time. */
    void finished(String name, long bytes) {
        enter(name);
        tell(bytes, bytes);
    }

    private void enter(String name) {
        if (!phase.equals(name)) {
            phase = name;
            told = 0;
            next = 0;
        }
    }

    private void tell(long bytes, long total) {
        told = Math.max(told, bytes);
        next = told + STEP;
        listener.progressed(new Progress(phase, ByteSize.bytes(told), ByteSize.bytes(total)));
    }
}
