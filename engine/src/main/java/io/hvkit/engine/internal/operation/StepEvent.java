package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.OperationRecord;
import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A step, in flight recordings. */
@Name("io.hvkit.Step")
@Label("Step of an operation")
@Category("HVKit")
@StackTrace(false)
final class StepEvent extends Event {

    /** Something that a step does. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws InterruptedException;
    }

    @Label("Operation")
    @Nullable
    String operation;

    @Label("Kind")
    @Nullable
    String kind;

    @Label("Step")
    @Nullable
    String step;

    @Label("Ended as it should")
    boolean succeeded;

    static <T> T around(OperationRecord operation, String step, Work<T> work) throws InterruptedException {
        StepEvent event = new StepEvent();
        event.begin();
        try {
            T result = work.run();
            event.succeeded = true;
            return result;
        } finally {
            event.end();
            if (event.shouldCommit()) {
                event.operation = operation.id().value();
                event.kind = operation.kind();
                event.step = step;
                event.commit();
            }
        }
    }
}
