package io.hvkit.vmware.internal.machine;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The UUID that a virtual disk's file carries. It stays when the file moves; linked clones share their parent's, and some kinds of
 * disks have none. The API spells it in two ways: machines as other UUIDs are spelt, and the manager of disks as sixteen bytes with
 * blanks, {@code 60 00 C2 9e a7 e8 26 9c-7d 20 ...}.
 */
final class DiskUuid {

    private static final Pattern DIGITS = Pattern.compile("[0-9a-f]{32}");
    private static final Pattern NONE = Pattern.compile("0{32}");

    private DiskUuid() {}

    /** Returns either spelling as the one with lower-case digits and dashes; nothing if there is none, and nothing is made up. */
    static Optional<String> of(String spelt) {
        String digits = spelt.replaceAll("[ -]", "").toLowerCase(Locale.ROOT);
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
}
