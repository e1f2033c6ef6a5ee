package io.hvkit.vmware;

import io.hvkit.core.Secret;

/** Who logs in to a vCenter. Holds the password until it is closed, and never prints it. */
public final class Credentials implements AutoCloseable {

    private final String user;
    private final Secret password;

    private Credentials(String user, Secret password) {
        this.user = user;
        this.password = password;
    }

    /**
     * Returns the credentials of an account, such as {@code hvkit@vsphere.local}. The password becomes theirs: closing them wipes
     * it.
     *
     * @throws IllegalArgumentException if there is no user
     */
    public static Credentials of(String user, Secret password) {
        if (user.isBlank()) {
            throw new IllegalArgumentException("a user has a name");
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
