package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.OperationRecord.Step.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes back what a run has begun, the last step first, and stops where it fails: what is before that may still be in use. */
final class Undoing {

    private static final Logger LOG = LoggerFactory.getLogger(Undoing.class);

    private final Page page;
    private final Signals signals;
    private final JournaledRun run;

    Undoing(Page page, Signals signals, JournaledRun run) {
        this.page = page;
        this.signals = signals;
        this.run = run;
    }

    /** Takes it back, and returns what is left behind. */
    List<String> takeBack() throws InterruptedException {
        List<JournaledRun.Begun> begun = run.begun();
        List<String> leftovers = new ArrayList<>();
        if (!run.missed().isEmpty()) {
            run.missed().forEach(name -> leftovers.add("step " + name + " was not taken back: the procedure has none"));
            begun.forEach(step -> keep(step, "a later step", leftovers));
            return leftovers;
        }
        for (int i = begun.size() - 1; i >= 0; i--) {
            Optional<OperationRecord.Fault> fault = takeBack(begun.get(i));
            if (fault.isPresent()) {
                String name = begun.get(i).step().name();
                leftovers.add(
                        "step " + name + " was not taken back: " + fault.get().message());
                for (int earlier = i - 1; earlier >= 0; earlier--) {
                    keep(begun.get(earlier), "step " + name, leftovers);
                }
                break;
            }
        }
        return leftovers;
    }

    private static void keep(JournaledRun.Begun begun, String user, List<String> leftovers) {
        if (begun.step().undo().isPresent()) {
            leftovers.add("step " + begun.step().name() + " was not taken back: " + user + " may need it");
        }
    }

    private Optional<OperationRecord.Fault> takeBack(JournaledRun.Begun begun) throws InterruptedException {
        run.leaveOffIfMust();
        page.require();
        Step step = begun.step();
        boolean isSought = begun.evidence().isEmpty() && step.look().isPresent();
        Optional<Facts> evidence = isSought ? run.look(step.look().orElseThrow(), Optional.empty()) : begun.evidence();
        try {
            Optional<Step.Undo> undo = isSought && evidence.isEmpty() ? Optional.empty() : step.undo();
            if (undo.isPresent()) {
                Step.Undo taking = undo.get();
                signals.interruptible(Stop.CLOSE, () -> {
                    taking.undo(evidence);
                    return evidence;
                });
            }
            page.write(
                    new OperationRecord.Step(step.name(), Progress.UNDONE, evidence.orElse(Facts.NONE)),
                    transaction -> step.forgets().forget(transaction, evidence));
            return Optional.empty();
        } catch (InterruptedException | Unwinding e) {
            throw e;
        } catch (Throwable e) {
            run.leaveOffIfMust();
            LOG.warn("operation {}: step {} was not taken back", page.id(), step.name(), e);
            return Optional.of(Faults.of(e));
        }
    }
}
