package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.SnapshotId;
import java.time.Instant;
import java.util.Optional;

/**
 * A moment of a machine's disks that its host keeps, read from the host.
 *
 * @param id the caller's name for it
 * @param parent the one right below it, of those that were taken by this SPI
 * @param takenAt when it was taken, by the host's clock
 */
@Incubating(since = "0.1")
public record HostSnapshot(SnapshotId id, Optional<SnapshotId> parent, Instant takenAt) {}
