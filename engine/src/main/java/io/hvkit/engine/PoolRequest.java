package io.hvkit.engine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.core.Incubating;
import io.hvkit.core.Option;
import io.hvkit.core.Secret;
import io.hvkit.core.SecretSource;
import io.hvkit.engine.internal.inventory.Additions;
import io.hvkit.storage.spi.StoragePoolType;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * A pool that is to be added. Equal requests are the same request; secrets are not compared.
 *
 * @param name unique among pools
 * @param type the id of its type
 * @param options what its driver needs to open it, by the options' names
 * @param secrets the secrets that its driver needs to open it, by the options' names; lent for the length of the call that adds it
 */
@Incubating(since = "0.1")
public record PoolRequest(String name, String type, Facts options, Map<String, Secret> secrets) {

    /** Copies the map. */
    public PoolRequest {
        secrets = Map.copyOf(secrets);
    }

    /** Returns a pool that its driver opens without being told anything. */
    public static PoolRequest named(String name, StoragePoolType type) {
        return new PoolRequest(name, type.id(), Facts.NONE, Map.of());
    }

    /** Returns this request with an option, in the text that the option reads. */
    public PoolRequest with(Option<?> option, Object value) {
        return new PoolRequest(
                name, type, options.with(option.name(), String.format(Locale.ROOT, "%s", value)), secrets);
    }

    /** Returns this request with a secret, which the engine keeps wrapped by the master key. */
    public PoolRequest withSecret(Option<SecretSource> option, Secret secret) {
        return new PoolRequest(name, type, options, Additions.with(secrets, option.name(), secret));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PoolRequest that
                && name.equals(that.name)
                && type.equals(that.type)
                && options.equals(that.options)
                && secrets.keySet().equals(that.secrets.keySet());
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, type, options, secrets.keySet());
    }
}
