package io.hvkit.testkit.storage;

import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.PoolId;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePoolType;
import java.util.Optional;

/** A driver whose pools are in memory, perhaps one with a fault. */
record InMemoryStorageJudged(StorageDriver driver, StoragePoolType type, PoolId pool, InMemoryStorageDriver real)
        implements StorageUnderTest {

    static final PoolId HERE = new PoolId("here");
    static final PoolId THERE = new PoolId("there");

    @Override
    public Optional<EndPoint> endPoint(HostId host) {
        return Optional.of(real.endPoint(host));
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
