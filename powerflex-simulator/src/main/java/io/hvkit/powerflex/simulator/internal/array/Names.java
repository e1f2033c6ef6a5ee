package io.hvkit.powerflex.simulator.internal.array;

/** The rule for names: 31 characters, letters, digits and punctuation of ASCII, no spaces. */
final class Names {

    private static final int LONGEST = 31;

    private Names() {}

    static void check(String name) {
        if (name.isEmpty() || name.chars().anyMatch(one -> one <= ' ' || one > '~')) {
            throw new ArrayException(ArrayError.INVALID_NAME);
        }
        if (name.length() > LONGEST) {
            throw new ArrayException(ArrayError.LONG_NAME);
        }
    }
}
