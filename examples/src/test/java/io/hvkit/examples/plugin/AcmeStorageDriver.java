package io.hvkit.examples.plugin;

import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.SpiVersion;
import io.hvkit.storage.spi.PoolTrait;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import java.util.Set;

/** A storage plug-in for arrays of a vendor. */
// tag::driver[]
public final class AcmeStorageDriver implements StorageDriver {

    public static final StoragePoolType TYPE =
            StoragePoolType.named("acme-array", "Acme array").having(PoolTrait.SHARED, PoolTrait.BLOCK_DEVICES);

    private static final AcmeArray ARRAY = new AcmeArray();

    @Override
    public Set<StoragePoolType> types() {
        return Set.of(TYPE);
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
    public StoragePool open(PoolId id, StoragePoolType type, Options options) {
        return new AcmePool(id, type, ARRAY);
    }
}
// end::driver[]
