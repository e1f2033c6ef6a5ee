package io.hvkit.engine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.core.Incubating;
import io.hvkit.core.Option;
import io.hvkit.core.Secret;
import io.hvkit.core.SecretSource;
import io.hvkit.engine.internal.inventory.Additions;
import java.net.URI;
import java.util.Map;
import java.util.Objects;

/**
 * A host that is to be added. Equal requests are the same request; secrets are not compared.
 *
 * @param name unique among hosts
 * @param options what its driver needs to open it, by the options' names
 * @param secrets the secrets that its driver needs to open it, by the options' names; lent for the length of the call that adds it
 */
@Incubating(since = "0.1")
public record HostRequest(String name, Facts options, Map<String, Secret> secrets) {

    /** Copies the map. */
    public HostRequest {
        secrets = Map.copyOf(secrets);
    }

    /** Returns a host that its driver opens without being told anything. */
    public static HostRequest named(String name) {
        return new HostRequest(name, Facts.NONE, Map.of());
    }

    /** Returns this request with an option, in the text that the option reads. */
    public HostRequest with(Option<?> option, String value) {
        return new HostRequest(name, options.with(option.name(), value), secrets);
    }

    /** Returns this request with the option {@code uri}, as the KVM driver and others have it. */
    public HostRequest at(URI uri) {
        return new HostRequest(name, options.with("uri", uri), secrets);
    }

    /** Returns this request with a secret, which the engine keeps wrapped by the master key. */
    public HostRequest withSecret(Option<SecretSource> option, Secret secret) {
        return new HostRequest(name, options, Additions.with(secrets, option.name(), secret));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HostRequest that
                && name.equals(that.name)
                && options.equals(that.options)
                && secrets.keySet().equals(that.secrets.keySet());
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, options, secrets.keySet());
    }
}
