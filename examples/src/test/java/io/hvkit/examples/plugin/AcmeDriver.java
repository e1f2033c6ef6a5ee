package io.hvkit.examples.plugin;

import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.SpiVersion;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorType;
import java.util.Set;

/** A whole plug-in, but for the vendor it talks to. */
// tag::driver[]
public final class AcmeDriver implements HypervisorDriver {

    public static final HypervisorType TYPE = HypervisorType.named("acme", "Acme Cloud");
    public static final Option<String> REGION = Option.text("region").withDefault("eu");

    private static final AcmeCloud CLOUD = new AcmeCloud();

    @Override
    public Set<HypervisorType> types() {
        return Set.of(TYPE);
    }

    @Override
    public SpiVersion builtAgainst() {
        return new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);
    }

    @Override
    public Set<Option<?>> options() {
        return Set.of(REGION);
    }

    @Override
    public Hypervisor open(HostId host, HypervisorType type, Options options) {
        return new AcmeHypervisor(host, CLOUD);
    }
}
// end::driver[]
