package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.VolumeId;

/**
 * A disk of a checkpoint.
 *
 * @param volume the disk
 * @param tracking how the notes of what is written to it fare
 */
@Incubating(since = "0.1")
public record TrackedDisk(VolumeId volume, Tracking tracking) {}
