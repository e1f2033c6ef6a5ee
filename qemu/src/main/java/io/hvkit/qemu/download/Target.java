package io.hvkit.qemu.download;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Sha256;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Where an image is to end up. */
interface Target {

    Path path();

    /** Returns where the image is gathered before it gets there. */
    Path staging();

    /**
     * Returns the size of the image if the target holds it already, as far as that can be told without asking the server.
     *
     * @throws io.hvkit.core.DriverException with {@code EXISTS_DIFFERENTLY} if it holds something else
     */
    Optional<ByteSize> held(Sha256 digest, PartialDownload.Reading listener) throws IOException, InterruptedException;

    /**
     * Returns whether the target holds the image already, now that its size is known.
     *
     * @param more how much is still to come
     * @throws io.hvkit.core.DriverException with {@code EXHAUSTED} if there is no room for that
     */
    boolean holds(Sha256 digest, ByteSize size, long more, PartialDownload.Reading listener)
            throws IOException, InterruptedException;

    /** Puts the image there, which is whole and acceptable, and returns when it outlives a loss of power. */
    void take(PartialDownload image, Sha256 digest, PartialDownload.Reading listener)
            throws IOException, InterruptedException;
}
