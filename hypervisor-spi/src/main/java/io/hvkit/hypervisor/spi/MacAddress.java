package io.hvkit.hypervisor.spi;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The address of a network card, as six pairs of lower-case hexadecimal digits with colons between them.
 *
 * @param value such as {@code 52:54:00:0a:0b:0c}; upper case is folded
 */
public record MacAddress(String value) {

    private static final Pattern FORM = Pattern.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}");
    private static final int GROUP = 1;

    /**
     * Checks and folds it.
     *
     * @throws IllegalArgumentException if it is no address, or one of a group of cards
     */
    public MacAddress {
        value = value.toLowerCase(Locale.ROOT);
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "an address is six pairs of hexadecimal digits with colons: '" + value + "'");
        }
        if ((Integer.parseInt(value.substring(0, 2), 16) & GROUP) != 0) {
            throw new IllegalArgumentException(
                    value + " is the address of a group, not of a card; make its first byte even");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
