package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.OperationRecord;
import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** The part of an operation that runs in this process, in flight recordings. */
@Name("io.hvkit.Operation")
@Label("Operation")
@Category("HVKit")
@StackTrace(false)
final class OperationEvent extends Event {

    @Label("Operation")
    @Nullable
    String operation;

    @Label("Kind")
    @Nullable
    String kind;

    @Label("State")
    @Nullable
    String state;

    void finish(OperationRecord record) {
        end();
        if (shouldCommit()) {
            operation = record.id().value();
            kind = record.kind();
            state = record.state().name();
            commit();
        }
    }
}
