package io.hvkit.powerflex.simulator.internal.array;

/**
 * A set of servers that protect each other's data.
 *
 * @param isErasureCoded whether by erasure coding, else by mirroring
 */
public record ProtectionDomain(long id, String name, boolean isErasureCoded) {}
