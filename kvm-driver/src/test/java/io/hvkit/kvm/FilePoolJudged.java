package io.hvkit.kvm;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.storage.StorageUnderTest;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A pool in a directory, for the contracts. */
record FilePoolJudged(StorageDriver driver, StoragePoolType type, Path path, ImageFormat judged)
        implements StorageUnderTest {

    static FilePoolJudged directory(Path path, ImageFormat judged) {
        return new FilePoolJudged(new DirectoryPoolDriver(), StoragePoolType.LOCAL_DIRECTORY, path, judged);
    }

    static FilePoolJudged mountPoint(Path path, ImageFormat judged) {
        return new FilePoolJudged(new SharedMountPointDriver(), StoragePoolType.SHARED_MOUNT_POINT, path, judged);
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

    @Override
    public Optional<ImageFormat> format() {
        return Optional.of(judged);
    }

    @Override
    public Set<ImageFormat> linkedFormats() {
        return Set.of(ImageFormat.QCOW2);
    }
}
