package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import java.time.Duration;
import java.time.Instant;

/**
 * A state of a disk, kept inside its qcow2 image.
 *
 * @param id the number that qemu gave it, as text; unique in its image
 * @param name the name that somebody gave it; not unique if somebody else than this SDK took it
 * @param taken when, by the clock of the host
 * @param guestClock how long the guest had run
 * @param machineState how much of the machine's memory is kept with it; zero for the disk alone
 */
public record InternalSnapshot(String id, String name, Instant taken, Duration guestClock, ByteSize machineState) {}
