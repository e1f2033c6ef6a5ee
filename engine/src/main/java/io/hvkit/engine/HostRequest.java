package io.hvkit.engine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.core.Incubating;
import io.hvkit.core.Option;
import java.net.URI;

/**
 * A host that is to be added. Equal requests are the same request.
 *
 * @param name unique among hosts
 * @param options what its driver needs to open it, by the options' names
 */
@Incubating(since = "0.1")
public record HostRequest(String name, Facts options) {

    /** Returns a host that its driver opens without being told anything. */
    public static HostRequest named(String name) {
        return new HostRequest(name, Facts.NONE);
    }

    /** Returns this request with an option, in the text that the option reads. */
    public HostRequest with(Option<?> option, String value) {
        return new HostRequest(name, options.with(option.name(), value));
    }

    /** Returns this request with the option {@code uri}, as the KVM driver and others have it. */
    public HostRequest at(URI uri) {
        return new HostRequest(name, options.with("uri", uri));
    }
}
