package io.hvkit.core;

/**
 * Hears how far a long call is, on the thread that makes the call or on one of the library's; it should return soon. What it
 * throws ends the call.
 */
@FunctionalInterface
public interface ProgressListener {

    /** Listens to nothing. */
    ProgressListener NONE = progress -> {};

    /** Hears of progress, now and then. */
    void progressed(Progress progress);
}
