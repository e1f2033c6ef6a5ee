package com.acme.files;

import io.hvkit.core.ByteSize;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.storage.StoragePoolContract;
import io.hvkit.testkit.storage.StorageUnderTest;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;

// tag::contract[]
class FlatFilesContractTest extends StoragePoolContract {

    @TempDir
    Path folder;

    @Override
    protected StorageUnderTest underTest() {
        return new FlatFilesUnderTest(folder);
    }

    record FlatFilesUnderTest(Path folder) implements StorageUnderTest {

        @Override
        public StorageDriver driver() {
            return new FlatFiles();
        }

        @Override
        public StoragePoolType type() {
            return FlatFiles.TYPE;
        }

        @Override
        public Map<String, String> options() {
            return Map.of(FlatFiles.DIRECTORY.name(), folder.toString());
        }

        @Override
        public int longestName() {
            return 64;
        }

        @Override
        public Optional<ByteSize> tooLarge() {
            return Optional.of(ByteSize.tebibytes(1024));
        }
    }
}
// end::contract[]
