package io.hvkit.kvm.internal.libvirt;

import io.hvkit.core.DriverException;

/** The way to a daemon. Its {@code toString} is what people call the daemon. */
public interface Route extends AutoCloseable {

    /**
     * Makes sure that the daemon gives a sign of life, and returns the URI that libvirt's client is to open now. Asked before each
     * connection, since libvirt itself would wait for ever. Never asks a person for anything.
     *
     * @throws DriverException with effect {@code NOT_APPLIED} if there is no way at present
     */
    String open() throws InterruptedException;

    /** Gives up what leads there; the session calls it when its calls have ended. Closing twice does nothing. */
    @Override
    void close();
}
