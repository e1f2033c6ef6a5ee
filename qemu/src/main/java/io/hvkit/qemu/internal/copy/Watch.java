package io.hvkit.qemu.internal.copy;

/** Hears how far work is, on the thread that asked for it; what it throws ends the work. */
@FunctionalInterface
public interface Watch {

    /** Hears, several times a second and once at the end, how many bytes of the range are done. */
    void seen(long done);
}
