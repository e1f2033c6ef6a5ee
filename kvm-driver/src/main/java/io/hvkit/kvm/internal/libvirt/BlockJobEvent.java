package io.hvkit.kvm.internal.libvirt;

/**
 * What libvirt said of a block job. {@code COMPLETED} does not mean that the domain was switched: a complete copy that is ended
 * without a pivot may say so too.
 */
public enum BlockJobEvent {
    COMPLETED,
    FAILED,
    CANCELLED,
    READY,
    /** Said by a newer libvirt than this driver knows. */
    OTHER;

    static BlockJobEvent of(int status) {
        return switch (status) { // virConnectDomainEventBlockJobStatus
            case 0 -> COMPLETED;
            case 1 -> FAILED;
            case 2 -> CANCELLED;
            case 3 -> READY;
            default -> OTHER;
        };
    }
}
