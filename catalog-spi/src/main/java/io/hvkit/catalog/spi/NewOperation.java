package io.hvkit.catalog.spi;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * An operation that is to be begun.
 *
 * @param kind what is to be done, such as {@code volume.create}
 * @param idempotencyKey the caller's key; 1 to 128 visible ASCII characters
 * @param request what is asked for; holds no key
 * @param objects what it works on, each a kind and an id such as {@code volume:7c2f}
 */
public record NewOperation(String kind, String idempotencyKey, Facts request, SortedSet<String> objects) {

    /**
     * Copies the set.
     *
     * @throws IllegalArgumentException if the idempotency key is empty, too long or has other characters, or the kind or an object is
     *     not {@linkplain Catalog as names must be}
     */
    public NewOperation {
        if (idempotencyKey.isEmpty()
                || idempotencyKey.length() > 128
                || !idempotencyKey.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new IllegalArgumentException(
                    "an idempotency key has 1 to 128 visible ASCII characters: '" + idempotencyKey + "'");
        }
        Texts.name("the kind of an operation", kind);
        objects.forEach(object -> Texts.name("an object of an operation", object));
        objects = Collections.unmodifiableSortedSet(new TreeSet<>(objects));
    }
}
