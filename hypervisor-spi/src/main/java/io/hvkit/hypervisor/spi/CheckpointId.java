package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import java.util.regex.Pattern;

/**
 * Names one checkpoint of a machine; chosen by the caller, who takes a new one for each.
 *
 * @param value 1 to 128 of letters, digits, {@code _}, {@code .} and {@code -}, of which the first is a letter or a digit
 */
@Incubating(since = "0.1")
public record CheckpointId(String value) {

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");

    /**
     * Checks it.
     *
     * @throws IllegalArgumentException if it is no such name
     */
    public CheckpointId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "a checkpoint is named by 1 to 128 of A-Z, a-z, 0-9, '_', '.' and '-', not by '" + value + "'");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
