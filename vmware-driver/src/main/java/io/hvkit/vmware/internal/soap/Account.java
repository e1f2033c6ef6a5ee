package io.hvkit.vmware.internal.soap;

import io.hvkit.core.Secret;

/** Who logs in. Closing it wipes the password. */
public record Account(String user, Secret password) implements AutoCloseable {

    @Override
    public void close() {
        password.close();
    }
}
