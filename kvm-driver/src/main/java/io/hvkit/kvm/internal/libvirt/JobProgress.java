package io.hvkit.kvm.internal.libvirt;

/**
 * How far a job is, on a disk or on the whole domain.
 *
 * @param done bytes that are copied
 * @param total bytes that are to be copied, as known now; both are 0 in a job's first moments
 */
public record JobProgress(long done, long total) {}
