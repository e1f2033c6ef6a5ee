package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.ProgressListener;

/**
 * A part of a run that does the same to another thing than other parts do: the names of its steps begin with its own.
 *
 * @param whole the run
 * @param name what it is called, unique in the operation and the same in every run of it
 */
public record Part(Run whole, String name) implements Run {

    @Override
    public RecordId<OperationRecord> operation() {
        return whole.operation();
    }

    @Override
    public Facts step(Step step) throws InterruptedException {
        return whole.step(step.in(name));
    }

    @Override
    public void tidy(Step step) throws InterruptedException {
        whole.tidy(step.in(name));
    }

    @Override
    public boolean isAskedToStop() {
        return whole.isAskedToStop();
    }

    @Override
    public ProgressListener progress() {
        return whole.progress();
    }
}
