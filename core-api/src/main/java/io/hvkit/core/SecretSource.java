package io.hvkit.core;

/**
 * Where a secret is had from each time it is needed, such as a vault: so that whoever needs it for long does not keep it for long. Any number
 * of threads may ask.
 */
@FunctionalInterface
public interface SecretSource {

    /**
     * Returns the secret as it is now; the caller closes it.
     *
     * <p>Failures: whatever keeps it says, such as {@code UNREACHABLE} or {@code NOT_FOUND}.
     */
    Secret open() throws InterruptedException;

    /** Returns a source of copies of a secret, which whoever made it closes once the source is needed no more. */
    static SecretSource of(Secret secret) {
        return secret::copy;
    }
}
