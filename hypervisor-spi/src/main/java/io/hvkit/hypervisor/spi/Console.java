package io.hvkit.hypervisor.spi;

/** Whether a machine has a console that people can type at. */
public enum Console {
    /** It has none. */
    NONE,
    /** A serial port that the host offers as a terminal; {@link Hypervisor#console} says where. */
    TERMINAL
}
