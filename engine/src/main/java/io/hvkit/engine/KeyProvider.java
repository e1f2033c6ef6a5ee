package io.hvkit.engine;

import io.hvkit.catalog.spi.WrappedBytes;
import io.hvkit.core.Incubating;
import io.hvkit.core.Secret;

/**
 * Wraps keys with a master key that the catalog never sees. A catalog without its provider opens nothing. Any number of threads may share
 * one.
 *
 * <table>
 * <caption>Failures of both ways</caption>
 * <tr><th>when</th><th>failure</th></tr>
 * <tr><td>whoever holds the master key does not answer</td><td>{@code UNREACHABLE}; nothing is changed, it may be asked again</td></tr>
 * <tr><td>it does not let us in</td><td>{@code BAD_CREDENTIALS}</td></tr>
 * </table>
 */
@Incubating(since = "0.1")
public interface KeyProvider {

    /**
     * A wrapped key.
     *
     * @param masterKey which master key wraps it: a name that this provider knows it by for good, 1 to 128 visible ASCII characters
     * @param bytes the wrapped key
     */
    record Wrapping(String masterKey, WrappedBytes bytes) {}

    /** Returns the name of the master key that {@link #wrap} uses now; another one after a rotation. */
    String currentMasterKey() throws InterruptedException;

    /**
     * Wraps a key. The same key wrapped twice gives other bytes each time.
     *
     * @param key lent for the length of the call
     * @param binding what the wrapping is bound to, 1 to 128 visible ASCII characters: it is unwrapped for the same alone
     */
    Wrapping wrap(Secret key, String binding) throws InterruptedException;

    /**
     * Unwraps a key; the caller closes it.
     *
     * @throws io.hvkit.core.DriverException with {@code BAD_CREDENTIALS} if the master key is not this one or is not known here, and with
     *     {@code CORRUPT_DATA} if the bytes were changed or are bound to something else
     */
    Secret unwrap(Wrapping wrapping, String binding) throws InterruptedException;
}
