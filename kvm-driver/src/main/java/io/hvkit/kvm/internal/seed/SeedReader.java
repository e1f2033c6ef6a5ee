package io.hvkit.kvm.internal.seed;

/**
 * Who reads a host's seeds besides who makes them: the user that libvirt runs QEMU as.
 *
 * @param user its number
 * @param group its group's number
 */
public record SeedReader(int user, int group) {}
