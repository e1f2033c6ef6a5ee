package io.hvkit.powerflex.simulator.internal.gateway;

/** Who may log in. */
public record Account(String user, String password) {

    boolean is(String name, String word) {
        return user.equals(name) && password.equals(word);
    }
}
