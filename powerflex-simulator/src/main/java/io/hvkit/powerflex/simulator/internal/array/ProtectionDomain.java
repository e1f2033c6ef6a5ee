package io.hvkit.powerflex.simulator.internal.array;

/** A set of servers that protect each other's data. */
public record ProtectionDomain(long id, String name) {}
