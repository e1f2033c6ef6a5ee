package io.hvkit.catalog.spi;

import io.hvkit.core.Incubating;

/**
 * When snapshots of a volume are taken by themselves. There is one for each volume at most, whose id it has; no reference, since the volume may
 * be gone.
 *
 * @param id its id
 * @param version see {@link CatalogRecord#version}
 * @param store where the snapshots are kept
 * @param terms its schedules, as whoever wrote them reads them
 */
@Incubating(since = "0.1")
public record SnapshotPolicyRecord(
        RecordId<SnapshotPolicyRecord> id, long version, RecordId<PoolRecord> store, Facts terms)
        implements CatalogRecord<SnapshotPolicyRecord> {

    /** By store. */
    public static final Field<SnapshotPolicyRecord, RecordId<PoolRecord>> STORE =
            Field.of("store", SnapshotPolicyRecord::store);

    /** Returns the id of a volume's policy. */
    public static RecordId<SnapshotPolicyRecord> idOf(RecordId<VolumeRecord> volume) {
        return new RecordId<>(volume.value());
    }

    /** Returns the id of the volume. */
    public RecordId<VolumeRecord> volume() {
        return new RecordId<>(id.value());
    }

    /** Returns this policy with another store and other terms. */
    public SnapshotPolicyRecord saying(RecordId<PoolRecord> otherStore, Facts otherTerms) {
        return new SnapshotPolicyRecord(id, version, otherStore, otherTerms);
    }

    @Override
    public SnapshotPolicyRecord withVersion(long other) {
        return new SnapshotPolicyRecord(id, other, store, terms);
    }
}
