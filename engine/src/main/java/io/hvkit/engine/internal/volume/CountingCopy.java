package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Volume;
import java.util.Optional;

/**
 * The copy of a volume that its record says it is. Whoever fills or removes another one has proved before that it is another one.
 *
 * @param pool where it is
 * @param name what it is called there
 * @param id what its pool calls it, if it was seen there
 */
record CountingCopy(RecordId<PoolRecord> pool, String name, Optional<VolumeId> id) {

    static CountingCopy of(VolumeRecord volume) {
        return new CountingCopy(
                volume.place().pool(),
                Ground.nameAt(volume.place(), volume.id()),
                volume.place().externalId().map(ExternalId::value).map(VolumeId::new));
    }

    /**
     * Looks that what a pool has is the copy that it is to be, and not this one.
     *
     * @param where the pool
     * @param called what the other copy is called there
     * @param found what was found or made in its stead
     * @throws DriverException with {@code CORRUPT_DATA} if it is not so
     */
    void requireOther(RecordId<PoolRecord> where, String called, Volume found) {
        boolean isThis = where.equals(pool)
                && (called.equals(name)
                        || found.name().equals(name)
                        || id.filter(found.id()::equals).isPresent());
        if (isThis || !found.name().equals(called)) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "pool %s has %s as %s, which is %s, and not a copy called %s beside it; it is left alone. Look at the"
                                    + " record and at the pool",
                            where,
                            found.name(),
                            found.id(),
                            isThis ? "the copy that counts" : "another volume",
                            called);
        }
    }
}
