package io.hvkit.kvm.internal.libvirt;

/** What a domain does, in the order of {@code virDomainState}. */
public enum DomainState {
    NO_STATE,
    RUNNING,
    BLOCKED,
    PAUSED,
    SHUTTING_DOWN,
    SHUT_OFF,
    CRASHED,
    SUSPENDED;

    static DomainState of(int number) {
        DomainState[] all = values();
        return number >= 0 && number < all.length ? all[number] : NO_STATE;
    }

    /** Returns whether a QEMU process stands behind it. */
    public boolean isActive() {
        return this != SHUT_OFF && this != CRASHED;
    }
}
