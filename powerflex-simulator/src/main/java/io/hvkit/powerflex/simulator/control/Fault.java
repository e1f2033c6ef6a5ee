package io.hvkit.powerflex.simulator.control;

import java.time.Duration;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * Something that goes wrong with the next calls of an operation. Operations are named as {@link Call#operation} names them:
 * actions by their own name ({@code addMappedSdc}), else {@code createVolume}, {@code listVolume}, {@code getVolume}, {@code
 * Volume.Statistics}, {@code login}, {@code logout}, {@code version}, {@code restLogin}, {@code restLogout} and so on; {@code *}
 * is all of them. Immutable.
 */
public final class Fault {

    /** When it goes wrong. */
    public enum Moment {
        /** Nothing was done. */
        BEFORE_WORK,
        /** Everything was done, and the client does not learn it. */
        AFTER_WORK
    }

    /** What the client sees. */
    public sealed interface Outcome {

        /** An answer with that HTTP status and a body that says nothing of the array. */
        record Status(int status) implements Outcome {}

        /** An error of the array with that code. */
        record Refusal(int code) implements Outcome {}

        /** No answer: the connection is closed. */
        record Lost() implements Outcome {}

        /** The true answer, that much later by the machine's clock. */
        record Slow(Duration pause) implements Outcome {}

        /** The true answer, with its list the other way round. */
        record Reordered() implements Outcome {}

        /** Returns what the case at hand's function returns. */
        default <R> R match(
                IntFunction<R> status,
                IntFunction<R> refusal,
                Supplier<R> lost,
                Function<Duration, R> slow,
                Supplier<R> reordered) {
            if (this instanceof Status it) {
                return status.apply(it.status);
            }
            if (this instanceof Refusal it) {
                return refusal.apply(it.code);
            }
            if (this instanceof Slow it) {
                return slow.apply(it.pause);
            }
            return this instanceof Lost ? lost.get() : reordered.get();
        }
    }

    private record Fields(String operation, Moment moment, Outcome outcome, int times) {}

    private final Fields fields;

    private Fault(Fields fields) {
        this.fields = fields;
    }

    /** Returns a fault of that operation: its next call is lost before anything is done. */
    public static Fault at(String operation) {
        return new Fault(new Fields(operation, Moment.BEFORE_WORK, new Outcome.Lost(), 1));
    }

    /** Returns a fault of whatever is called next. */
    public static Fault anywhere() {
        return at("*");
    }

    /** Returns this fault, striking after the work was done. */
    public Fault afterWork() {
        return new Fault(new Fields(fields.operation, Moment.AFTER_WORK, fields.outcome, fields.times));
    }

    /** Returns this fault, striking that many calls. */
    public Fault times(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("a fault strikes once at least, not " + count + " times");
        }
        return new Fault(new Fields(fields.operation, fields.moment, fields.outcome, count));
    }

    /** Returns this fault as an answer with an HTTP status, such as 401 or 503. */
    public Fault answering(int status) {
        if (status < 200 || status > 599) {
            throw new IllegalArgumentException("an HTTP status is between 200 and 599, not " + status);
        }
        return as(new Outcome.Status(status));
    }

    /** Returns this fault as a refusal of the array, such as 164 (busy), 248 (session lost) or 300 (pool full). */
    public Fault refusing(int code) {
        return as(new Outcome.Refusal(code));
    }

    /** Returns this fault as a connection that is closed without an answer. */
    public Fault losingTheAnswer() {
        return as(new Outcome.Lost());
    }

    /** Returns this fault as a true answer that comes later. */
    public Fault slowBy(Duration pause) {
        return as(new Outcome.Slow(pause));
    }

    /** Returns this fault as a true answer whose list is turned round. */
    public Fault reordering() {
        return as(new Outcome.Reordered()).afterWork();
    }

    private Fault as(Outcome outcome) {
        return new Fault(new Fields(fields.operation, fields.moment, outcome, fields.times));
    }

    /** Returns which operation it strikes. */
    public String operation() {
        return fields.operation;
    }

    /** Returns when it strikes. */
    public Moment moment() {
        return fields.moment;
    }

    /** Returns what the client sees. */
    public Outcome outcome() {
        return fields.outcome;
    }

    /** Returns how many calls it strikes. */
    public int times() {
        return fields.times;
    }

    boolean strikes(String called) {
        return fields.operation.equals("*") || fields.operation.equals(called);
    }

    /** Returns it in words. */
    @Override
    public String toString() {
        return fields.times + " times " + fields.operation + " " + fields.moment + " " + fields.outcome;
    }
}
