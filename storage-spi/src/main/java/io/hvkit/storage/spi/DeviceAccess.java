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
}
