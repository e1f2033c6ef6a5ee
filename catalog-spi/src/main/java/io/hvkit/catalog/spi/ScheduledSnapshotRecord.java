package io.hvkit.catalog.spi;

import io.hvkit.core.Incubating;
import java.time.Instant;

/**
 * A snapshot that was taken, or tried, for schedules of a policy.
 *
 * @param id that of the snapshot; no reference, since it need not have come to be, and may be gone
 * @param version see {@link CatalogRecord#version}
 * @param policy the policy
 * @param dueAt the moment for which it was taken
 * @param schedules the names of the schedules, as whoever wrote them reads them
 */
@Incubating(since = "0.1")
public record ScheduledSnapshotRecord(
        RecordId<ScheduledSnapshotRecord> id,
        long version,
        RecordId<SnapshotPolicyRecord> policy,
        Instant dueAt,
        String schedules)
        implements CatalogRecord<ScheduledSnapshotRecord> {

    /**
     * Checks the texts.
     *
     * @throws IllegalArgumentException if one is not {@linkplain Catalog as texts must be}
     */
    public ScheduledSnapshotRecord {
        Texts.text("the schedules of a snapshot", schedules);
    }

    /** By policy. */
    public static final Field<ScheduledSnapshotRecord, RecordId<SnapshotPolicyRecord>> POLICY =
            Field.of("policy", ScheduledSnapshotRecord::policy);

    @Override
    public ScheduledSnapshotRecord withVersion(long other) {
        return new ScheduledSnapshotRecord(id, other, policy, dueAt, schedules);
    }
}
