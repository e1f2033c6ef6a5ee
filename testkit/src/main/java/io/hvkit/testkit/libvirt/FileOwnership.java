package io.hvkit.testkit.libvirt;

/** What libvirt does with files that guests need (its {@code dynamic_ownership}). */
public enum FileOwnership {
    /** They become the guest's user's while the guest runs, disks, kernels and RAM disks included. */
    CHANGED,
    /** They stay whose they are. */
    LEFT_ALONE
}
