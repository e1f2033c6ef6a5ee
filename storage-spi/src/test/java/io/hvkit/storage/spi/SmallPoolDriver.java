package io.hvkit.storage.spi;

import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.SpiVersion;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A driver as small as the SPI lets it be. */
class SmallPoolDriver implements StorageDriver {

    private final Set<StoragePoolType> types;

    SmallPoolDriver(StoragePoolType... types) {
        this.types = Set.of(types);
    }

    @Override
    public Set<StoragePoolType> types() {
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
    public StoragePool open(PoolId id, StoragePoolType type, Options options) throws InterruptedException {
        return new SmallPool(id, type);
    }

    /** Returns null as code does that knows nothing of null checks. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // a plug-in is compiled without such checks
    static <T> T nothing() {
        @Nullable T nothing = null;
        return nothing;
    }
}
