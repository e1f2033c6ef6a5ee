package io.hvkit.catalog.spi;

/**
 * A layer that is being read for a new volume. As long as there is one, the layer and all that it stands on stay.
 *
 * @param id that of the new volume, which need not be there yet
 * @param version see {@link CatalogRecord#version}
 * @param chain the chain of the layer
 * @param snapshot the snapshot of which the volume is made; no reference, since it may be deleted meanwhile
 * @param layer the layer that is read
 * @param pool where the volume is to be
 */
public record ReadingRecord(
        RecordId<ReadingRecord> id,
        long version,
        RecordId<ChainRecord> chain,
        String snapshot,
        RecordId<BackupRecord> layer,
        RecordId<PoolRecord> pool)
        implements CatalogRecord<ReadingRecord> {

    /**
     * Checks the texts.
     *
     * @throws IllegalArgumentException if one is not {@linkplain Catalog as texts must be}
     */
    public ReadingRecord {
        Texts.name("the snapshot of a reading", snapshot);
    }

    /** By chain. */
    public static final Field<ReadingRecord, RecordId<ChainRecord>> CHAIN = Field.of("chain", ReadingRecord::chain);

    /** By layer. */
    public static final Field<ReadingRecord, RecordId<BackupRecord>> LAYER = Field.of("layer", ReadingRecord::layer);

    /** By pool. */
    public static final Field<ReadingRecord, RecordId<PoolRecord>> POOL = Field.of("pool", ReadingRecord::pool);

    @Override
    public ReadingRecord withVersion(long other) {
        return new ReadingRecord(id, other, chain, snapshot, layer, pool);
    }
}
