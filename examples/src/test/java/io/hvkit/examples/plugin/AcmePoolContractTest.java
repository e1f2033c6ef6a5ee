package io.hvkit.examples.plugin;

import io.hvkit.core.ByteSize;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.storage.StoragePoolContract;
import io.hvkit.testkit.storage.StorageUnderTest;
import java.util.Optional;

/** The plug-in keeps the contract of every pool. */
// tag::contract[]
class AcmePoolContractTest extends StoragePoolContract {

    @Override
    protected StorageUnderTest underTest() {
        return new AcmeStorageUnderTest();
    }

    record AcmeStorageUnderTest() implements StorageUnderTest {

        @Override
        public StorageDriver driver() {
            return new AcmeStorageDriver();
        }

        @Override
        public StoragePoolType type() {
            return AcmeStorageDriver.TYPE;
        }

        @Override
        public int longestName() {
            return 64;
        }

        @Override
        public Optional<ByteSize> tooLarge() {
            return Optional.of(ByteSize.tebibytes(1));
        }
    }
}
// end::contract[]
