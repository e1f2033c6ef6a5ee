package io.hvkit.core;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The UUID that the file of a virtual disk carries, as the hypervisor wrote it there. It stays when the file moves, and through
 * detaching and attaching, so it is how a disk is found again whose place is known no longer. It is no key: linked clones carry
 * their parent's, and some kinds of disks carry none. What has none is given none; nobody makes one up.
 *
 * <p>vSphere spells it in two ways: machines as other UUIDs are spelt, {@code 6000C29e-a7e8-269c-7d20-0102030405ff}, and files and
 * the manager of disks as bytes with blanks, {@code 60 00 C2 9e a7 e8 26 9c-7d 20 01 02 03 04 05 ff}. Both are the same one here.
 *
 * @param value the one spelling in which they are compared and stored: 32 lower-case digits in groups of 8, 4, 4, 4 and 12, with
 *     dashes
 */
@Incubating(since = "0.1")
public record DiskUuid(String value) {

    private static final int LONGEST = 128;
    private static final Pattern NO_DIGITS = Pattern.compile("[ -]");
    private static final Pattern DIGITS = Pattern.compile("[0-9a-f]{32}");
    private static final Pattern NONE = Pattern.compile("0{32}");

    /**
     * Brings any of the spellings into the one.
     *
     * @throws IllegalArgumentException if there are not 32 hexadecimal digits with blanks and dashes between them, or if all are
     *     zeroes, which stands for none
     */
    public DiskUuid {
        value = canonical(value)
                .orElseThrow(
                        () -> new IllegalArgumentException("the UUID of a disk has 32 hexadecimal digits that are not"
                                + " all zeroes, with blanks or dashes between them; what has none is given none"));
    }

    /** Reads what a hypervisor says; nothing if it says that there is none, or something that is no UUID. */
    public static Optional<DiskUuid> spelt(String text) {
        return canonical(text).map(DiskUuid::new);
    }

    private static Optional<String> canonical(String text) {
        if (text.length() > LONGEST) {
            return Optional.empty();
        }
        String digits = NO_DIGITS.matcher(text).replaceAll("").toLowerCase(Locale.ROOT);
        if (!DIGITS.matcher(digits).matches() || NONE.matcher(digits).matches()) {
            return Optional.empty();
        }
        return Optional.of(String.join(
                "-",
                digits.substring(0, 8),
                digits.substring(8, 12),
                digits.substring(12, 16),
                digits.substring(16, 20),
                digits.substring(20)));
    }

    @Override
    public String toString() {
        return value;
    }
}
