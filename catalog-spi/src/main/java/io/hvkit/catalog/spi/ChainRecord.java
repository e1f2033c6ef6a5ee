package io.hvkit.catalog.spi;

/**
 * What is known of a volume's snapshots as a whole. It outlives the volume, whose id it has, as long as there are snapshots.
 *
 * @param id that of the volume
 * @param version see {@link CatalogRecord#version}
 * @param pool the pool in which the volume was when its snapshots were looked at last
 * @param life whether the volume was there then
 * @param next the place that the next snapshot gets
 */
public record ChainRecord(RecordId<ChainRecord> id, long version, RecordId<PoolRecord> pool, Life life, long next)
        implements CatalogRecord<ChainRecord> {

    /** Whether a volume is there. */
    public enum Life {
        /** It is. */
        PRESENT,
        /** It was deleted; snapshots of it stay. */
        GONE
    }

    /** By pool. */
    public static final Field<ChainRecord, RecordId<PoolRecord>> POOL = Field.of("pool", ChainRecord::pool);

    /** Returns the id of a volume's chain. */
    public static RecordId<ChainRecord> idOf(RecordId<VolumeRecord> volume) {
        return new RecordId<>(volume.value());
    }

    /** Returns the id of the volume. */
    public RecordId<VolumeRecord> volume() {
        return new RecordId<>(id.value());
    }

    @Override
    public ChainRecord withVersion(long other) {
        return new ChainRecord(id, other, pool, life, next);
    }
}
