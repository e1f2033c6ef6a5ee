package io.hvkit.engine.key;

import io.hvkit.catalog.spi.WrappedBytes;
import io.hvkit.core.Incubating;
import io.hvkit.core.Secret;
import java.nio.file.Path;

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
public interface KeyProvider extends AutoCloseable {

    /**
     * A wrapped key.
     *
     * @param masterKey which master key wraps it: a name that this provider knows it by for good, 1 to 128 visible ASCII characters
     * @param bytes the wrapped key
     */
    record Wrapping(String masterKey, WrappedBytes bytes) {}

    /**
     * Returns a provider whose master keys are in a file that nobody but this process's user reads. The file must be there: {@link
     * MasterKeyFile#create} makes one. Who loses it loses every volume that is encrypted, so keep copies of it apart from the catalog's.
     *
     * <p>It is read at each call, so that a {@linkplain MasterKeyFile#addKey new key} counts at once.
     *
     * <table>
     * <caption>Failures of its methods</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such file</td><td>{@code NOT_FOUND}; none is ever made in passing</td></tr>
     * <tr><td>others may read it, or it is somebody else's</td><td>{@code HOST_NOT_READY}</td></tr>
     * <tr><td>it is none of these files</td><td>{@code CORRUPT_DATA}</td></tr>
     * </table>
     */
    static KeyProvider file(Path file) {
        return new KeyFileProvider(file);
    }

    /**
     * Returns a provider whose master key is derived from a password: PBKDF2 with HMAC-SHA-256 and {@value #PASSWORD_ITERATIONS}
     * iterations, once for each provider.
     *
     * @param password lent for the length of the call; a copy is kept until the provider is closed
     * @param installation a name for this installation, such as that of its cloud, so that two with the same password have two master
     *     keys; always the same one. 1 to 32 letters, digits, dots and dashes
     * @throws IllegalArgumentException if the name has another form, or the password has fewer than 12 bytes
     */
    static KeyProvider password(Secret password, String installation) {
        return new PasswordProvider(password, installation);
    }

    /** How often the derivation from a password iterates. */
    int PASSWORD_ITERATIONS = 600_000;

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

    /** Wipes what it keeps in memory, if it keeps anything. Closing twice does nothing. */
    @Override
    default void close() {}
}
