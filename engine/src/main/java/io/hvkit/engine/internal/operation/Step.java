package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.Transaction;
import java.util.Optional;

/**
 * One effect of an operation, how it is taken back, and what the catalog says about it. Immutable.
 *
 * <p>When an effect fails with {@link io.hvkit.core.Effect#NOT_APPLIED} at its first try, there is nothing to take back of it, and its undo
 * is not called: what has its name may be somebody else's. In every other case there is doubt:
 *
 * <ul>
 *   <li>With a {@link Look}, that decides: the effect is there and the run goes on, or it is not and the earlier steps are taken back, or
 *       nobody can tell and the operation halts, open, with nothing deleted.
 *   <li>Without one, a step at or past the point of no return halts the operation; another is taken back like those that are done, but
 *       its undo gets no evidence and has to look for itself.
 * </ul>
 */
public final class Step {

    /** Something done to the outside world. */
    @FunctionalInterface
    public interface Effect {
        /** Does it, again too if it was done before; returns what was seen afterwards, without any key. */
        Facts apply() throws InterruptedException;
    }

    /** Something written to the catalog, in the transaction that keeps the evidence. */
    @FunctionalInterface
    public interface Keeping {
        /** Writes it; may be called again, so it changes nothing but through {@code transaction}. */
        void keep(Transaction transaction, Facts evidence);
    }

    /** Something decided and written in the catalog alone. */
    @FunctionalInterface
    public interface Recording {
        /** Writes it and returns the evidence; may be called again, so it changes nothing but through {@code transaction}. */
        Facts record(Transaction transaction);
    }

    /** Takes an effect back. */
    @FunctionalInterface
    public interface Undo {
        /**
         * Takes it back; does nothing if that was done before. Without evidence nobody knows whether there is anything to take back: it looks,
         * and takes only what is certainly this operation's. What it throws makes a leftover of this step and of all before it.
         */
        void undo(Optional<Facts> evidence) throws InterruptedException;
    }

    /** Takes back what the catalog says, in the transaction that notes that the effect is taken back. */
    @FunctionalInterface
    public interface Forgetting {
        /** Writes it; may be called again, so it changes nothing but through {@code transaction}. */
        void forget(Transaction transaction, Optional<Facts> evidence);
    }

    private record Fields(
            String name,
            Optional<Effect> effect,
            Recording recording,
            Keeping keeping,
            Optional<Undo> undo,
            Forgetting forgetting,
            Optional<Look> look,
            Turn turn) {}

    private enum Turn {
        BACK,
        NO_MORE
    }

    private final Fields fields;

    private Step(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns a step with that effect, which nothing takes back and of which the catalog says nothing.
     *
     * @param name what it is, unique in the operation and the same in every run of it
     */
    public static Step of(String name, Effect effect) {
        return step(name, Optional.of(effect), transaction -> Facts.NONE);
    }

    /** Returns a step that only reads and writes the catalog: in one transaction, so that it is done or not, without doubt. */
    public static Step recorded(String name, Recording recording) {
        return step(name, Optional.empty(), recording);
    }

    private static Step step(String name, Optional<Effect> effect, Recording recording) {
        return new Step(new Fields(
                name,
                effect,
                recording,
                (transaction, evidence) -> {},
                Optional.empty(),
                (transaction, evidence) -> {},
                Optional.empty(),
                Turn.BACK));
    }

    /** Returns this step as one of a part of its operation, which other parts have, too. */
    Step in(String part) {
        return new Step(new Fields(
                part + "-" + fields.name,
                fields.effect,
                fields.recording,
                fields.keeping,
                fields.undo,
                fields.forgetting,
                fields.look,
                fields.turn));
    }

    /** Returns this step, with something that the catalog says once it is done. */
    public Step keeping(Keeping keeping) {
        return new Step(new Fields(
                fields.name,
                fields.effect,
                fields.recording,
                keeping,
                fields.undo,
                fields.forgetting,
                fields.look,
                fields.turn));
    }

    /** Returns this step, with the way to take its effect back. */
    public Step undoneBy(Undo undo) {
        return new Step(new Fields(
                fields.name,
                fields.effect,
                fields.recording,
                fields.keeping,
                Optional.of(undo),
                fields.forgetting,
                fields.look,
                fields.turn));
    }

    /** Returns this step, with something that the catalog says once it is taken back. */
    public Step forgetting(Forgetting forgetting) {
        return new Step(new Fields(
                fields.name,
                fields.effect,
                fields.recording,
                fields.keeping,
                fields.undo,
                forgetting,
                fields.look,
                fields.turn));
    }

    /** Returns this step, with a way to find out what became of it. */
    public Step lookedForBy(Look look) {
        return new Step(new Fields(
                fields.name,
                fields.effect,
                fields.recording,
                fields.keeping,
                fields.undo,
                fields.forgetting,
                Optional.of(look),
                fields.turn));
    }

    /**
     * Returns this step as the point of no return: once it is done, nothing is taken back and nobody stops the operation any more, and
     * what comes after it is finished, now or by a later recovery.
     */
    public Step committing() {
        return new Step(new Fields(
                fields.name,
                fields.effect,
                fields.recording,
                fields.keeping,
                fields.undo,
                fields.forgetting,
                fields.look,
                Turn.NO_MORE));
    }

    String name() {
        return fields.name;
    }

    Optional<Effect> effect() {
        return fields.effect;
    }

    Recording recording() {
        return fields.recording;
    }

    Optional<Undo> undo() {
        return fields.undo;
    }

    Keeping keeps() {
        return fields.keeping;
    }

    Forgetting forgets() {
        return fields.forgetting;
    }

    Optional<Look> look() {
        return fields.look;
    }

    boolean commits() {
        return fields.turn == Turn.NO_MORE;
    }
}
