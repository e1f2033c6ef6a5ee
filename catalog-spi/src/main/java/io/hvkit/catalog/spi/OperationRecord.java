package io.hvkit.catalog.spi;

import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * An operation: what was asked for, how far it is, and what came of it.
 *
 * @param id its id
 * @param version see {@link CatalogRecord#version}
 * @param kind what is done, such as {@code volume.create}
 * @param idempotencyKey the caller's key: an operation of this key is begun once
 * @param request what was asked for; holds no key
 * @param objects what it works on, each a kind and an id such as {@code volume:7c2f}; no other open operation works on any of them
 * @param state how it is
 * @param steps what it began, in that order
 * @param lease who works on it, and until when, if anybody does
 * @param fence how often its lease was given away
 * @param cancellation whether somebody asked it to stop
 * @param outcome what came of it, once it has ended; why it is taken back, while it is
 * @param createdAt when it was asked for, by the catalog's clock
 * @param endedAt when it ended, by the catalog's clock
 */
public record OperationRecord(
        RecordId<OperationRecord> id,
        long version,
        String kind,
        String idempotencyKey,
        Facts request,
        SortedSet<String> objects,
        State state,
        List<Step> steps,
        Optional<Lease> lease,
        long fence,
        Cancellation cancellation,
        Optional<Outcome> outcome,
        Instant createdAt,
        Optional<Instant> endedAt)
        implements CatalogRecord<OperationRecord> {

    /** How an operation is. */
    public enum State {
        /** It goes forward, or waits for somebody who takes it forward. */
        RUNNING,
        /** What it did is taken back; the failure in the outcome says why, or is absent if somebody asked it to stop. */
        UNDOING,
        /** It has done what was asked for. */
        SUCCEEDED,
        /** It has not; what it left behind is in the outcome. */
        FAILED,
        /** It stopped because somebody asked for it. */
        CANCELLED;

        /** Returns whether nothing more happens. */
        public boolean isEnded() {
            return this != RUNNING && this != UNDOING;
        }
    }

    /** Whether somebody asked an operation to stop. */
    public enum Cancellation {
        /** Nobody did. */
        NOT_ASKED,
        /** Somebody did; it stops where it can. */
        ASKED
    }

    /**
     * One effect of an operation.
     *
     * @param name what it is, unique in the operation
     * @param progress how far it is
     * @param evidence what was seen once it was done; empty before
     */
    public record Step(String name, Progress progress, Facts evidence) {

        /** How far an effect is. */
        public enum Progress {
            /** It was about to be done, and may have been. */
            INTENDED,
            /** It was done. */
            DONE,
            /** It was taken back. */
            UNDONE
        }
    }

    /**
     * What came of an operation.
     *
     * @param result what it has for its caller; empty unless it succeeded
     * @param failure why it failed, if it did
     * @param leftovers what it could not tidy up, in words for people; empty nearly always
     */
    public record Outcome(Facts result, Optional<Fault> failure, List<String> leftovers) {
        /** Copies the list. */
        public Outcome {
            leftovers = List.copyOf(leftovers);
        }
    }

    /**
     * A failure as it is kept.
     *
     * @param failure the portable reason
     * @param effect what was done to the outside world
     * @param message what was said; never holds a key
     */
    public record Fault(Failure failure, Effect effect, String message) {}

    /** By the caller's key. */
    public static final Field<OperationRecord, String> IDEMPOTENCY_KEY =
            Field.of("idempotencyKey", OperationRecord::idempotencyKey);

    /** By state. */
    public static final Field<OperationRecord, State> STATE = Field.of("state", OperationRecord::state);

    /** Copies the collections. */
    public OperationRecord {
        objects = Collections.unmodifiableSortedSet(new TreeSet<>(objects));
        steps = List.copyOf(steps);
    }

    /** Returns the step of that name, if it was begun. */
    public Optional<Step> step(String name) {
        return steps.stream().filter(step -> step.name().equals(name)).findAny();
    }

    /** Returns an operation that is just begun, and that nobody works on yet. */
    public static OperationRecord of(NewOperation asked, Instant now) {
        return new OperationRecord(
                RecordId.random(),
                0,
                asked.kind(),
                asked.idempotencyKey(),
                asked.request(),
                asked.objects(),
                State.RUNNING,
                List.of(),
                Optional.empty(),
                0,
                Cancellation.NOT_ASKED,
                Optional.empty(),
                now,
                Optional.empty());
    }

    /** Returns this operation with a lease that was given away. */
    public OperationRecord heldUnder(Lease given) {
        return with(state, steps, Optional.of(given), given.fence(), cancellation, outcome, endedAt);
    }

    /** Returns this operation, which nobody works on. */
    public OperationRecord released() {
        return with(state, steps, Optional.empty(), fence, cancellation, outcome, endedAt);
    }

    /** Returns this operation with a step after the others, or in place of the one of its name. */
    public OperationRecord with(Step written) {
        List<Step> more = new ArrayList<>(steps);
        more.replaceAll(step -> step.name().equals(written.name()) ? written : step);
        if (step(written.name()).isEmpty()) {
            more.add(written);
        }
        return with(state, more, lease, fence, cancellation, outcome, endedAt);
    }

    /** Returns this operation, turned back. */
    public OperationRecord undoing(Optional<Fault> why) {
        Outcome known = new Outcome(Facts.NONE, why, List.of());
        return with(State.UNDOING, steps, lease, fence, cancellation, Optional.of(known), endedAt);
    }

    /** Returns this operation, ended, and worked on by nobody. */
    public OperationRecord ended(State last, Outcome cameOfIt, Instant when) {
        return with(last, steps, Optional.empty(), fence, cancellation, Optional.of(cameOfIt), Optional.of(when));
    }

    /** Returns this operation, asked to stop. */
    public OperationRecord askedToStop() {
        return with(state, steps, lease, fence, Cancellation.ASKED, outcome, endedAt);
    }

    private OperationRecord with(
            State aState,
            List<Step> someSteps,
            Optional<Lease> aLease,
            long aFence,
            Cancellation aCancellation,
            Optional<Outcome> anOutcome,
            Optional<Instant> anEnd) {
        return new OperationRecord(
                id,
                version,
                kind,
                idempotencyKey,
                request,
                objects,
                aState,
                someSteps,
                aLease,
                aFence,
                aCancellation,
                anOutcome,
                createdAt,
                anEnd);
    }

    @Override
    public OperationRecord withVersion(long other) {
        return new OperationRecord(
                id,
                other,
                kind,
                idempotencyKey,
                request,
                objects,
                state,
                steps,
                lease,
                fence,
                cancellation,
                outcome,
                createdAt,
                endedAt);
    }
}
