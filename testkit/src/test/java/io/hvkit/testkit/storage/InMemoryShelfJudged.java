package io.hvkit.testkit.storage;

import io.hvkit.core.ByteSize;
import io.hvkit.core.PoolId;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePoolType;
import java.util.Map;
import java.util.Optional;

/** A shelf or a cabinet in memory, perhaps with a fault. */
record InMemoryShelfJudged(StorageDriver driver, StoragePoolType type, String name) implements StorageUnderTest {

    @Override
    public PoolId pool() {
        return new PoolId("at-" + name);
    }

    @Override
    public Map<String, String> options() {
        return Map.of(InMemoryStorageDriver.STANDS.name(), name);
    }

    @Override
    public int longestName() {
        return InMemoryStorageDriver.LONGEST_NAME;
    }

    @Override
    public Optional<ByteSize> tooLarge() {
        return Optional.of(InMemoryStorageDriver.CAPACITY.plus(ByteSize.mebibytes(1)));
    }
}
