package io.hvkit.testkit.storage;

import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.SecretSource;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePoolType;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a contract judges: a driver, and a pool that no one else uses meanwhile. */
public interface StorageUnderTest {

    /** Returns the driver to judge; every one that is made leads to the same storage, as after a restart of the process. */
    StorageDriver driver();

    /** Returns the type to open. */
    StoragePoolType type();

    /** Returns the text of the options to open it with; none unless a plug-in says so. */
    default Map<String, String> options() {
        return Map.of();
    }

    /** Returns the secrets to open it with; none unless a plug-in says so. */
    default Map<String, SecretSource> secrets() {
        return Map.of();
    }

    /** Returns the id to open it under. */
    default PoolId pool() {
        return new PoolId("contract");
    }

    /** Returns how many characters a volume's name can have. */
    int longestName();

    /** Returns a size of small volumes; there is room for twenty of them. */
    default ByteSize size() {
        return ByteSize.mebibytes(4);
    }

    /** Returns a size that the pool has no room for; nothing if it takes every size, as one of sparse files does. */
    default Optional<ByteSize> tooLarge() {
        return Optional.empty();
    }

    /**
     * Returns the format to judge, for pools that have several: {@code RAW}, which is {@code LUKS} where a volume is encrypted with
     * a key, or {@code QCOW2}. Nothing for what the pool has first.
     */
    default Optional<ImageFormat> format() {
        return Optional.empty();
    }

    /**
     * Returns the end point of a host, which writes the headers of encrypted volumes where {@link
     * io.hvkit.storage.spi.EncryptionSupport#needsHeader the pool leaves that to one}: then there must be one. The contract closes it.
     */
    default Optional<EndPoint> endPoint(HostId host) {
        return Optional.empty();
    }

    /** Returns the file or device with all bytes of a volume, to look at past driver and end point; nothing if there is none. */
    default Optional<Path> bytes(VolumeId volume) {
        return Optional.empty();
    }

    /** Returns the formats of volumes that can be linked to a template; all unless it is said. */
    default Set<ImageFormat> linkedFormats() {
        return EnumSet.allOf(ImageFormat.class);
    }
}
