package io.hvkit.kvm.internal.libvirt;

import io.hvkit.hypervisor.spi.MachineState;

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

    /** Returns the state that libvirt gives that number. */
    public static DomainState of(int number) {
        DomainState[] all = values();
        return number >= 0 && number < all.length ? all[number] : NO_STATE;
    }

    /** Returns whether a QEMU process stands behind it. */
    public boolean isActive() {
        return this != SHUT_OFF && this != CRASHED;
    }

    /** Returns it in the words of the SPI. */
    public MachineState asMachineState() {
        return switch (this) {
            case NO_STATE, RUNNING, BLOCKED -> MachineState.RUNNING;
            case PAUSED, SUSPENDED -> MachineState.PAUSED;
            case SHUTTING_DOWN -> MachineState.STOPPING;
            case SHUT_OFF -> MachineState.STOPPED;
            case CRASHED -> MachineState.CRASHED;
        };
    }
}
