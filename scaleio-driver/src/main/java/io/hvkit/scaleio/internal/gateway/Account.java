package io.hvkit.scaleio.internal.gateway;

import io.hvkit.core.Secret;

/** Who logs in; the password is UTF-8. Closing it wipes the password. */
public record Account(String user, Secret password) implements AutoCloseable {

    /** Where an account is had from, for one login. Any thread may ask. */
    @FunctionalInterface
    public interface Source {

        /** Returns it; the caller closes it. */
        Account open() throws InterruptedException;
    }

    @Override
    public void close() {
        password.close();
    }
}
