package io.hvkit.engine.internal;

/** What things may be called. */
public final class Names {

    private static final int LONGEST = 128;

    private Names() {}

    /**
     * Returns the name.
     *
     * @throws IllegalArgumentException if it is empty, longer than 128 characters, begins or ends with a blank, or holds a control character
     */
    public static String check(String what, String name) {
        if (name.isEmpty()
                || name.length() > LONGEST
                || !name.equals(name.strip())
                || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("a " + what + " has a name of 1 to " + LONGEST
                    + " characters without control characters, and no blanks around it: '" + name + "'");
        }
        return name;
    }
}
