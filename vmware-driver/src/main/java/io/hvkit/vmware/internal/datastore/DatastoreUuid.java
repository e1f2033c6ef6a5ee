package io.hvkit.vmware.internal.datastore;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The UUID of a datastore, by which it is known whatever its name is and whichever cluster it is in. VMFS has one of 32 digits and NFS of
 * 16; both are spelt with dashes, without, and as the end of an address such as {@code
 * ds:///vmfs/volumes/5f3c1a2b-8d7e6f50-1234-0025b5000001/}.
 *
 * @param value the one spelling in which they are compared and stored: lower-case digits without dashes
 */
public record DatastoreUuid(String value) {

    private static final int LONGEST = 64;
    private static final Pattern DIGITS = Pattern.compile("[0-9a-f]{16}|[0-9a-f]{32}");

    /**
     * Brings either spelling into the one.
     *
     * @throws IllegalArgumentException if there are not 16 or 32 hexadecimal digits
     */
    public DatastoreUuid {
        value = canonical(value)
                .orElseThrow(() -> new IllegalArgumentException(
                        "the UUID of a datastore has 16 or 32 hexadecimal digits, with or without dashes"));
    }

    /** Reads a UUID; nothing if it is none. */
    public static Optional<DatastoreUuid> spelt(String text) {
        return canonical(text).map(DatastoreUuid::new);
    }

    /** Reads the address that a vCenter has for a datastore; nothing if it does not end in a UUID. */
    public static Optional<DatastoreUuid> ofUrl(String url) {
        String path = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        return spelt(path.substring(path.lastIndexOf('/') + 1));
    }

    private static Optional<String> canonical(String text) {
        if (text.length() > LONGEST) {
            return Optional.empty();
        }
        String digits = text.replace("-", "").toLowerCase(Locale.ROOT);
        return DIGITS.matcher(digits).matches() ? Optional.of(digits) : Optional.empty();
    }

    @Override
    public String toString() {
        return value;
    }
}
