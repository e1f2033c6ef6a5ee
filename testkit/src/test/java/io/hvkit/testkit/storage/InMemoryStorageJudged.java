package io.hvkit.testkit.storage;

import io.hvkit.core.ByteSize;
import io.hvkit.core.PoolId;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePoolType;
import java.util.Optional;

/** A driver whose pools are in memory, perhaps one with a fault. */
record InMemoryStorageJudged(StorageDriver driver, StoragePoolType type, PoolId pool) implements StorageUnderTest {

    static final PoolId HERE = new PoolId("here");
    static final PoolId THERE = new PoolId("there");

    @Override
    public int longestName() {
        return InMemoryStorageDriver.LONGEST_NAME;
    }

    @Override
    public Optional<ByteSize> tooLarge() {
        return Optional.of(InMemoryStorageDriver.CAPACITY.plus(ByteSize.mebibytes(1)));
    }
}
