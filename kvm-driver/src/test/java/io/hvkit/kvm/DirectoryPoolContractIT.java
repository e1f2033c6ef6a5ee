package io.hvkit.kvm;

import io.hvkit.core.ByteSize;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.storage.StoragePoolContract;
import io.hvkit.testkit.storage.StorageUnderTest;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/** A directory of this machine keeps the contract for what it offers. */
class DirectoryPoolContractIT extends StoragePoolContract {

    @TempDir
    private Path directory;

    @Override
    protected StorageUnderTest underTest() {
        return new Directory(directory);
    }

    private record Directory(Path path) implements StorageUnderTest {

        @Override
        public StorageDriver driver() {
            return new DirectoryPoolDriver();
        }

        @Override
        public StoragePoolType type() {
            return StoragePoolType.LOCAL_DIRECTORY;
        }

        @Override
        public Map<String, String> options() {
            return Map.of("path", path.toString());
        }

        @Override
        public int longestName() {
            return 100;
        }

        @Override
        public ByteSize size() {
            return ByteSize.mebibytes(1);
        }
    }
}
