package io.hvkit.engine.internal.placement;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.StoragePoolType;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What an open pool said of itself, whose word counts more than that of its type.
 *
 * @param type its type
 * @param encryption who encrypts its volumes
 * @param formats the formats its volumes can have
 * @param statistics how full it is
 * @param taken what the volume that is wanted would take there, headers and steps included, if the pool can tell
 * @param at when it said so
 */
public record PoolAnswer(
        StoragePoolType type,
        EncryptionSupport encryption,
        Set<ImageFormat> formats,
        PoolStatistics statistics,
        Optional<ByteSize> taken,
        Instant at) {

    /** Copies the set. */
    public PoolAnswer {
        formats = Set.copyOf(formats);
    }

    /** Returns this answer with what the volume would take. */
    public PoolAnswer taking(ByteSize size) {
        return new PoolAnswer(type, encryption, formats, statistics, Optional.of(size), at);
    }
}
