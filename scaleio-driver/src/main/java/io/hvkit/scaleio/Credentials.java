package io.hvkit.scaleio;

import io.hvkit.core.Secret;

/** Who logs in to a gateway. Holds the password until it is closed, and never prints it. */
public final class Credentials implements AutoCloseable {

    private final String user;
    private final Secret password;

    private Credentials(String user, Secret password) {
        this.user = user;
        this.password = password;
    }

    /**
     * Returns the credentials of an account. The password becomes theirs: closing them wipes it.
     *
     * @throws IllegalArgumentException if there is no user, or its name has a colon, which no gateway can tell from the password
     */
    public static Credentials of(String user, Secret password) {
        if (user.isEmpty() || user.indexOf(':') >= 0) {
            throw new IllegalArgumentException("a user's name has no colon and is not empty, unlike '" + user + "'");
        }
        return new Credentials(user, password);
    }

    /** Returns the account's name. */
    public String user() {
        return user;
    }

    /** Returns its password, as UTF-8. */
    public Secret password() {
        return password;
    }

    /** Wipes the password. */
    @Override
    public void close() {
        password.close();
    }

    /** Returns the account's name alone. */
    @Override
    public String toString() {
        return "Credentials[user=" + user + "]";
    }
}
