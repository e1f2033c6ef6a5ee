package io.hvkit.engine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.core.Incubating;
import io.hvkit.core.Option;
import io.hvkit.storage.spi.StoragePoolType;
import java.util.Locale;

/**
 * A pool that is to be added. Equal requests are the same request.
 *
 * @param name unique among pools
 * @param type the id of its type
 * @param options what its driver needs to open it, by the options' names
 */
@Incubating(since = "0.1")
public record PoolRequest(String name, String type, Facts options) {

    /** Returns a pool that its driver opens without being told anything. */
    public static PoolRequest named(String name, StoragePoolType type) {
        return new PoolRequest(name, type.id(), Facts.NONE);
    }

    /** Returns this request with an option, in the text that the option reads. */
    public PoolRequest with(Option<?> option, Object value) {
        return new PoolRequest(name, type, options.with(option.name(), String.format(Locale.ROOT, "%s", value)));
    }
}
