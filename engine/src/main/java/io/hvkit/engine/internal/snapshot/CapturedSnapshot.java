package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.engine.internal.template.WantedTemplate;

/**
 * A template that is to be made of a snapshot.
 *
 * @param snapshot the snapshot
 * @param wanted the template
 */
public record CapturedSnapshot(RecordId<SnapshotRecord> snapshot, WantedTemplate wanted) {}
