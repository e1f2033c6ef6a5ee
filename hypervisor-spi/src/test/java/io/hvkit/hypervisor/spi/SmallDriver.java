package io.hvkit.hypervisor.spi;

import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.SpiVersion;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The four members a driver must have; a test overrides the one it is about. */
class SmallDriver implements HypervisorDriver {

    private final Set<HypervisorType> types;

    SmallDriver(HypervisorType... types) {
        this.types = Set.of(types);
    }

    @Override
    public Set<HypervisorType> types() {
        return types;
    }

    @Override
    public SpiVersion builtAgainst() {
        return new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);
    }

    @Override
    public Set<Option<?>> options() {
        return Set.of();
    }

    @Override
    public Hypervisor open(HostId host, HypervisorType type, Options options) throws InterruptedException {
        return new SmallHypervisor(host);
    }

    /** Returns null as code does that knows nothing of null checks. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // a plug-in is compiled without such checks
    static <T> T nothing() {
        @Nullable T nothing = null;
        return nothing;
    }
}
