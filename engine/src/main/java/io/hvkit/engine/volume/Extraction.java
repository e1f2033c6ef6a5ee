package io.hvkit.engine.volume;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Incubating;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A file that holds what a volume held when it was extracted. The engine has no part in it any more: who wants it gone removes it.
 *
 * @param volume the volume
 * @param host the host that has the file
 * @param file where it is there
 * @param format how its bytes lie
 * @param size what a machine would see of it
 * @param attestation what its header proves, if it is encrypted
 */
@Incubating(since = "0.1")
public record Extraction(
        RecordId<VolumeRecord> volume,
        RecordId<HostRecord> host,
        Path file,
        ImageFormat format,
        ByteSize size,
        Optional<String> attestation) {}
