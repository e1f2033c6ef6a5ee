package io.hvkit.catalog.spi;

import io.hvkit.core.Incubating;

/**
 * Where the engine keeps what it knows, and the journal of its operations. Durable: what a transaction has committed outlives every
 * crash. Any number of threads, and of processes if the catalog says so, may share one.
 *
 * <p>Texts come back to the letter: records refuse those that not every database keeps, which are texts with a NUL character or half a
 * surrogate pair, names that are empty or longer than 255 characters, and other texts longer than 65,536. Moments come back to the
 * nanosecond; those before the year 1678 and after 2261 may be refused with {@code INVALID_REQUEST}.
 *
 * <p>All failures are {@link io.hvkit.core.DriverException}s.
 *
 * <table>
 * <caption>Failures of every method that reads or writes; the transaction then changed nothing, unless the table says otherwise</caption>
 * <tr><th>when</th><th>failure</th></tr>
 * <tr><td>the database does not answer</td><td>{@code UNREACHABLE}; when it stopped answering while the transaction was being
 * committed, the effect is {@code UNKNOWN}, and a look says what became of it</td></tr>
 * <tr><td>a record has another version than the one it is to be changed from</td><td>{@code OPERATION_PENDING} with effect {@code
 * NOT_APPLIED}: somebody else changed it, so read it again</td></tr>
 * <tr><td>the id, or a name that must be unique, is taken</td><td>{@code EXISTS_DIFFERENTLY}, naming it</td></tr>
 * <tr><td>a record refers to one that is not there</td><td>{@code NOT_FOUND}, naming it</td></tr>
 * <tr><td>a record is to be removed and another one refers to it</td><td>{@code IN_USE}, naming one that does</td></tr>
 * <tr><td>the catalog is closed, the work is over, or a transaction is used by another thread than the one it was lent
 * to</td><td>{@code INVALID_REQUEST}</td></tr>
 * <tr><td>another transaction, of whichever process, was in the way for too long</td><td>{@code TIMED_OUT} with effect {@code
 * NOT_APPLIED}</td></tr>
 * <tr><td>what was read makes no sense, as after a write by hand</td><td>{@code CORRUPT_DATA}, naming the record</td></tr>
 * </table>
 */
@Incubating(since = "0.1")
public interface Catalog extends AutoCloseable {

    /** Something that is done in one transaction. */
    @FunctionalInterface
    interface Work<T> {
        /**
         * Does it. May be called again if another transaction was in the way, so it changes nothing but through {@code transaction},
         * which is of no use once it has returned.
         */
        T run(Transaction transaction);
    }

    /**
     * Runs reads and writes as one: all of it is kept or, if the work throws, nothing; no other transaction sees a half of it, and the
     * result is as if transactions had run one after the other. Returns what the work returned, which is kept by then.
     *
     * <p>Work may catch what a table or the journal refuses and go on. When the database itself failed, nothing is kept, whatever the
     * work made of it, and the failure is thrown here.
     *
     * <p>A transaction within another one on the same thread is refused with {@code INVALID_REQUEST}.
     */
    <T> T inTransaction(Work<T> work) throws InterruptedException;

    /** Lets go of the database. What is kept stays; closing twice does nothing. */
    @Override
    void close();
}
