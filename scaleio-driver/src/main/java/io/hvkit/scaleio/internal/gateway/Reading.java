package io.hvkit.scaleio.internal.gateway;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;

/**
 * How the answer to a call is read, as it comes. Called again, from the beginning, if an answer broke off.
 *
 * @param <T> what it becomes
 */
@FunctionalInterface
public interface Reading<T> {

    /** Reads one answer. */
    T read(JsonParser parser) throws IOException;
}
