package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.engine.job.OperationListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells all who want to hear of operations, and is not harmed by what they throw. */
final class Listeners {

    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    private final List<OperationListener> all = new CopyOnWriteArrayList<>();

    void add(OperationListener listener) {
        all.add(listener);
    }

    void begun(OperationRecord operation) {
        tell(listener -> listener.begun(operation));
    }

    void finished(OperationRecord operation) {
        tell(listener -> listener.finished(operation));
    }

    void halted(OperationRecord operation, OperationRecord.Fault fault) {
        LOG.warn("operation {} halted, and waits for recovery: {}", operation.id(), fault.message());
        tell(listener -> listener.halted(operation, fault));
    }

    private void tell(Consumer<OperationListener> word) {
        for (OperationListener listener : all) {
            try {
                word.accept(listener);
            } catch (RuntimeException e) {
                LOG.warn("a listener for operations failed", e);
            }
        }
    }
}
