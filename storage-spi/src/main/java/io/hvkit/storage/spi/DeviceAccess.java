package io.hvkit.storage.spi;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import java.util.Optional;

/** What a host sees of volumes that are attached to it. */
@FunctionalInterface
@Incubating(since = "0.1")
public interface DeviceAccess {

    /**
     * Returns how many bytes the host has there, headers included; nothing if there is nothing. Opens no image and changes nothing;
     * anybody may be using it.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is something else than was said, such as a file where a device is to be: whoever writes there fills the wrong
     *     disk</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>the host itself opens no such attachment</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>the host does not answer</td><td>{@code UNREACHABLE}</td></tr>
     * </table>
     */
    Optional<ByteSize> sizeOf(Attachment attachment) throws InterruptedException;

    /**
     * Returns whether such a device comes some time after its volume is attached, and goes some time after it is detached, as those of arrays
     * do: then whoever attaches looks until it is there, and whoever detaches until it has gone. What is not so is there at once, and may stay.
     */
    default boolean comesAndGoes(Attachment attachment) {
        return false;
    }

    /**
     * Has the host ask its storage now what is attached to it and how large that is, if it can; what it hears shows in {@link #sizeOf}, now or
     * some moments later. May be called at any time.
     *
     * <p>Failures: {@code HOST_NOT_READY} if the host lacks what it needs to reach such devices, saying what; {@code UNREACHABLE}.
     */
    default void rescan(Attachment attachment) throws InterruptedException {
        // nothing to ask for what is always there
    }
}
