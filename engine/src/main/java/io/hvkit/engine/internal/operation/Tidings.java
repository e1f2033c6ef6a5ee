package io.hvkit.engine.internal.operation;

import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells all who want to hear how far a job is. One that throws is told nothing more. */
final class Tidings implements ProgressListener {

    private static final Logger LOG = LoggerFactory.getLogger(Tidings.class);

    private final List<ProgressListener> listeners = new CopyOnWriteArrayList<>();

    void add(ProgressListener listener) {
        listeners.add(listener);
    }

    @Override
    public void progressed(Progress progress) {
        listeners.forEach(listener -> tell(listener, progress));
    }

    private void tell(ProgressListener listener, Progress progress) {
        try {
            listener.progressed(progress);
        } catch (RuntimeException e) {
            listeners.remove(listener);
            LOG.warn("a listener for progress failed and is told nothing more", e);
        }
    }
}
