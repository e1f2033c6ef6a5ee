package io.hvkit.hypervisor.spi;

import io.hvkit.core.Attachment;
import io.hvkit.core.VolumeId;

/**
 * A disk as a machine has it now, read from the host.
 *
 * @param volume the volume it is
 * @param attachment where the machine reads and writes it
 */
public record MachineDisk(VolumeId volume, Attachment attachment) {}
