package io.hvkit.catalog.spi;

import io.hvkit.core.Incubating;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The journal of operations, within one transaction: what was intended is written before it is done, and what was seen afterwards, in the
 * same transaction as the records that say so.
 *
 * <p>An operation belongs to whoever holds its {@link Lease}. Writing with a lease that another holder has taken over is refused with
 * {@code IN_USE}, naming that holder, even if the time of that one is over too; so that of two processes that both believe to work on an
 * operation, one alone gets its word in. Writing with a lease that was released, or to an operation that has ended, is refused with {@code
 * INVALID_REQUEST}; to one that is not there, or was forgotten, with {@code NOT_FOUND}. Time is the catalog's own, one clock for all processes.
 */
@Incubating(since = "0.1")
public interface Journal {

    /** How long a lease lasts at most. */
    Duration LONGEST_LEASE = Duration.ofDays(366);

    /**
     * Begins an operation and takes its lease; or returns the one that was begun under the same idempotency key, as it is now, without
     * a new lease.
     *
     * <table>
     * <caption>Failures; nothing is begun</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the idempotency key was used for another kind or request</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>an open operation works on one of the objects</td><td>{@code OPERATION_PENDING} with effect {@code NOT_APPLIED},
     * naming the object and that operation</td></tr>
     * </table>
     *
     * @param operation what is asked for
     * @param holder who works on it
     * @param length how long the lease lasts, unless it is renewed; more than nothing, and {@link #LONGEST_LEASE} at most, here and
     *     wherever a lease is given; else {@code INVALID_REQUEST}
     */
    OperationRecord begin(NewOperation operation, String holder, Duration length);

    /** Returns an operation, if there is one of that id. */
    Optional<OperationRecord> find(RecordId<OperationRecord> id);

    /** Returns the operation that was begun under that key, if one was. */
    Optional<OperationRecord> findBy(String idempotencyKey);

    /** Returns the operations that have not ended, the oldest first. */
    List<OperationRecord> open();

    /**
     * Takes an operation that nobody works on, or whose holder's time is over.
     *
     * @return its lease, with a higher fence than any before
     * @throws io.hvkit.core.DriverException with {@code IN_USE}, naming the holder, as long as that one's time is not over and it is not
     *     {@code holder} itself; with {@code NOT_FOUND} if there is no such operation; with {@code INVALID_REQUEST} if it has ended
     */
    Lease take(RecordId<OperationRecord> id, String holder, Duration length);

    /** Makes a lease last from now on; it need not be over. Returns it as it is then. */
    Lease renew(Lease lease, Duration length);

    /** Lets go of an operation that has not ended, so that anybody may take it at once; does nothing if that was done already. */
    void release(Lease lease);

    /** Writes a step: puts it after the others, or in place of the one of its name. */
    void write(Lease lease, OperationRecord.Step step);

    /**
     * Turns an operation back: from now on it takes back what it did, and its record says why in its outcome. Of an operation that was
     * turned back before, the first reason stays.
     *
     * @param why what went wrong; nothing if somebody asked it to stop
     */
    void undo(Lease lease, Optional<OperationRecord.Fault> why);

    /**
     * Ends an operation; its objects are free then, and so is its lease.
     *
     * @param state one in which an operation {@linkplain OperationRecord.State#isEnded has ended}; else {@code INVALID_REQUEST}
     */
    void end(Lease lease, OperationRecord.State state, OperationRecord.Outcome outcome);

    /** Makes sure that a lease still counts; for work that writes records alone. */
    void require(Lease lease);

    /** Asks an operation to stop, whoever works on it; does nothing if it has ended, and is {@code NOT_FOUND} if it is not there. */
    void askToStop(RecordId<OperationRecord> id);

    /**
     * Forgets operations that ended before a moment, and their idempotency keys with them.
     *
     * @return how many
     */
    int forgetEndedBefore(Instant moment);
}
