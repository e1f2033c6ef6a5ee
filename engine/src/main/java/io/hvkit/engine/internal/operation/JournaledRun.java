package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.OperationRecord.Step.Progress;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ProgressListener;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Goes through a procedure's steps beside what the journal has of them, and does what is not done. */
final class JournaledRun implements Run {

    private static final Logger LOG = LoggerFactory.getLogger(JournaledRun.class);
    private static final String LEFTOVER = "leftover";

    private enum Try {
        FIRST,
        AGAIN
    }

    /** A step to take back, with its evidence if it is certainly done. */
    record Begun(Step step, Optional<Facts> evidence) {}

    private final Page page;
    private final Signals signals;
    private final ProgressListener progress;
    private final List<OperationRecord.Step> journaled;
    private final List<Begun> begun = new ArrayList<>();
    private final List<String> leftovers = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private int position;
    private boolean committed;

    JournaledRun(Page page, Signals signals, ProgressListener progress) {
        this.page = page;
        this.signals = signals;
        this.progress = progress;
        this.journaled = page.record().steps();
    }

    @Override
    public RecordId<OperationRecord> operation() {
        return page.id();
    }

    @Override
    public ProgressListener progress() {
        return progress;
    }

    /** Returns the steps to take back, in the order in which they were begun. */
    List<Begun> begun() {
        return begun;
    }

    /** Returns what could not be tidied up. */
    List<String> leftovers() {
        return leftovers;
    }

    /** Returns whether the point of no return is behind. */
    boolean isCommitted() {
        return committed;
    }

    /** Returns the names of steps that the journal has and this run has not come to, those that are taken back excepted. */
    List<String> missed() {
        return journaled.stream()
                .skip(position)
                .filter(step -> step.progress() != Progress.UNDONE)
                .map(OperationRecord.Step::name)
                .toList();
    }

    @Override
    public Facts step(Step step) throws InterruptedException {
        Optional<OperationRecord.Step> before = next(step);
        Optional<Facts> known = evidence(before);
        if (known.isPresent()) {
            return done(step, known.get());
        }
        if (isGoingBack()) {
            before.filter(seen -> seen.progress() == Progress.INTENDED)
                    .ifPresent(seen -> begun.add(new Begun(step, Optional.empty())));
            throw new Unwinding.TurnedBack();
        }
        return done(step, StepEvent.around(page.record(), step.name(), () -> perform(step, tryOf(before))));
    }

    @Override
    public void tidy(Step step) throws InterruptedException {
        if (!committed) {
            throw new IllegalStateException("step " + step.name() + " tidies up before the point of no return");
        }
        Optional<OperationRecord.Step> before = next(step);
        Optional<Facts> known = evidence(before);
        Facts evidence = known.isPresent()
                ? known.get()
                : StepEvent.around(page.record(), step.name(), () -> tidied(step, tryOf(before)));
        evidence.find(LEFTOVER).ifPresent(leftovers::add);
    }

    /** Leaves off at once if the operation is no longer this process's to work on. */
    void leaveOffIfMust() {
        if (signals.stop() == Stop.LOST) {
            throw new Unwinding.LeaseLost();
        }
        if (signals.stop() == Stop.CLOSE) {
            throw new Unwinding.LetGo();
        }
    }

    /**
     * Turns back, or halts where there is no way back.
     *
     * @param settled a step of which more is known now
     */
    Unwinding turnBack(Optional<OperationRecord.Step> settled, Optional<OperationRecord.Fault> why)
            throws InterruptedException {
        if (committed) {
            throw new Unwinding.Halted(why.orElseThrow());
        }
        page.turnBack(settled, why);
        throw new Unwinding.TurnedBack();
    }

    /**
     * Returns the evidence of what nobody knows about if a look finds it, nothing if it finds that it is not there.
     *
     * @throws Unwinding.Halted if nobody can tell
     */
    Optional<Facts> look(Look look, Optional<OperationRecord.Fault> why) throws InterruptedException {
        page.require();
        try {
            return signals.interruptible(Stop.CLOSE, look::look);
        } catch (InterruptedException | Unwinding e) {
            throw e;
        } catch (Throwable e) {
            leaveOffIfMust();
            LOG.warn("operation {}: a look found nothing out", page.id(), e);
            throw new Unwinding.Halted(why.orElse(Faults.of(e)));
        }
    }

    private boolean isGoingBack() {
        return page.record().state() == OperationRecord.State.UNDOING;
    }

    @Override
    public boolean isAskedToStop() {
        return isToStop();
    }

    private boolean isToStop() {
        return !committed && (signals.stop() == Stop.CANCEL || page.isAskedToStop());
    }

    private Optional<OperationRecord.Step> next(Step step) {
        if (!names.add(step.name())) {
            throw new IllegalStateException("there are two steps " + step.name() + "; each has a name of its own");
        }
        if (position >= journaled.size()) {
            return Optional.empty();
        }
        OperationRecord.Step seen = journaled.get(position);
        if (!seen.name().equals(step.name())) {
            throw new Unwinding.Halted(Faults.of(
                    Failure.DEFECT,
                    Effect.UNKNOWN,
                    "the journal has step " + seen.name() + " where the procedure comes to step " + step.name()));
        }
        position++;
        return Optional.of(seen);
    }

    private static Optional<Facts> evidence(Optional<OperationRecord.Step> before) {
        return before.filter(seen -> seen.progress() == Progress.DONE).map(OperationRecord.Step::evidence);
    }

    private static Try tryOf(Optional<OperationRecord.Step> before) {
        return before.isPresent() ? Try.AGAIN : Try.FIRST;
    }

    private Facts done(Step step, Facts evidence) {
        begun.add(new Begun(step, Optional.of(evidence)));
        committed |= step.commits();
        return evidence;
    }

    private Facts perform(Step step, Try attempt) throws InterruptedException {
        leaveOffIfMust();
        if (attempt == Try.FIRST && isToStop()) {
            throw turnBack(Optional.empty(), Optional.empty());
        }
        if (step.effect().isEmpty()) {
            return recorded(step);
        }
        intend(step, attempt);
        if (attempt == Try.FIRST && isToStop()) {
            throw turnBack(Optional.of(undone(step)), Optional.empty());
        }
        boolean mayStop =
                isToStop() && (!step.commits() || step.look().isPresent()); // or it may be done: it is too late
        Facts evidence = mayStop ? inDoubt(step, Optional.empty()) : affect(step, attempt);
        try {
            page.keep(done(step.name(), evidence), transaction -> step.keeps().keep(transaction, evidence));
        } catch (RuntimeException e) {
            return refused(step, evidence, Faults.of(e));
        }
        return evidence;
    }

    private Facts recorded(Step step) throws InterruptedException {
        try {
            page.record(step.name(), step.recording(), step.keeps());
        } catch (RuntimeException e) {
            throw turnBack(Optional.empty(), Optional.of(Faults.of(e)));
        }
        return page.record().step(step.name()).orElseThrow().evidence();
    }

    private void intend(Step step, Try attempt) throws InterruptedException {
        if (attempt == Try.AGAIN) {
            page.require();
        } else {
            page.write(new OperationRecord.Step(step.name(), Progress.INTENDED, Facts.NONE), transaction -> {});
        }
        leaveOffIfMust();
    }

    private Facts affect(Step step, Try attempt) throws InterruptedException {
        Stop reason = committed || step.commits() ? Stop.CLOSE : Stop.CANCEL;
        try {
            return signals.interruptible(reason, step.effect().orElseThrow()::apply);
        } catch (Unwinding e) {
            throw e;
        } catch (Throwable e) {
            leaveOffIfMust();
            boolean cancelled = (reason == Stop.CANCEL && signals.stop() == Stop.CANCEL)
                    || (e instanceof CancellationException && isToStop());
            if (e instanceof InterruptedException && !cancelled) {
                throw new Unwinding.LetGo();
            }
            OperationRecord.Fault fault = Faults.of(e);
            LOG.debug("operation {}: step {} failed", page.id(), step.name(), e);
            Optional<OperationRecord.Fault> why = cancelled ? Optional.empty() : Optional.of(fault);
            if (attempt == Try.FIRST && fault.effect() == Effect.NOT_APPLIED) {
                throw turnBack(Optional.of(undone(step)), why);
            }
            return inDoubt(step, why);
        }
    }

    /** Finds out about an effect that may be there; without a look, it is taken back where that is safe. */
    private Facts inDoubt(Step step, Optional<OperationRecord.Fault> why) throws InterruptedException {
        if (step.look().isPresent()) {
            Optional<Facts> found = look(step.look().get(), why);
            if (found.isPresent()) {
                return found.get();
            }
            throw turnBack(Optional.of(undone(step)), why);
        }
        if (step.commits()) {
            throw new Unwinding.Halted(why.orElse(
                    Faults.of(Failure.OPERATION_PENDING, Effect.UNKNOWN, "step " + step.name() + " may be done")));
        }
        begun.add(new Begun(step, Optional.empty()));
        throw turnBack(Optional.empty(), why);
    }

    /** The effect is there, and the catalog does not take what belongs to it. */
    private Facts refused(Step step, Facts evidence, OperationRecord.Fault fault) throws InterruptedException {
        if (step.commits()) {
            throw new Unwinding.Halted(fault);
        }
        begun.add(new Begun(step, Optional.of(evidence)));
        throw turnBack(Optional.of(done(step.name(), evidence)), Optional.of(fault));
    }

    private Facts tidied(Step step, Try attempt) throws InterruptedException {
        leaveOffIfMust();
        try {
            if (step.effect().isEmpty()) {
                page.record(step.name(), step.recording(), step.keeps());
                return page.record().step(step.name()).orElseThrow().evidence();
            }
            intend(step, attempt);
            Facts evidence = signals.interruptible(Stop.CLOSE, step.effect().get()::apply);
            page.write(done(step.name(), evidence), transaction -> step.keeps().keep(transaction, evidence));
            return evidence;
        } catch (Unwinding e) {
            throw e;
        } catch (Throwable e) {
            leaveOffIfMust();
            if (e instanceof InterruptedException) {
                throw new Unwinding.LetGo();
            }
            LOG.warn("operation {}: step {} tidied nothing up", page.id(), step.name(), e);
            Facts evidence =
                    Facts.of(LEFTOVER, step.name() + ": " + Faults.of(e).message());
            page.write(done(step.name(), evidence), transaction -> {});
            return evidence;
        }
    }

    private static OperationRecord.Step done(String name, Facts evidence) {
        return new OperationRecord.Step(name, Progress.DONE, evidence);
    }

    private static OperationRecord.Step undone(Step step) {
        return new OperationRecord.Step(step.name(), Progress.UNDONE, Facts.NONE);
    }
}
