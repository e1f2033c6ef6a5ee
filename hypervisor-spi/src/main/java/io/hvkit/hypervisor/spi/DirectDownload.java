package io.hvkit.hypervisor.spi;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import java.net.URI;

/** Fetching an image by the host that will use it, so that it takes one way and not two. */
@Incubating(since = "0.1")
public interface DirectDownload {

    /**
     * Fetches an image, makes sure of its digest, and returns its size; does nothing but make sure if the target holds it
     * already. The bytes are kept as they come: whoever uses them as a disk inspects them first.
     *
     * <table>
     * <caption>Failures; the target is as it was in any of these</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the host cannot fetch by this scheme</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>the server does not answer, or stops in the middle</td><td>{@code UNREACHABLE}</td></tr>
     * <tr><td>the server has no such image</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the bytes do not have the digest</td><td>{@code CORRUPT_DATA}</td></tr>
     * <tr><td>the target holds something else</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>the target has no room for it</td><td>{@code EXHAUSTED}</td></tr>
     * </table>
     */
    ByteSize fetch(URI source, Sha256 digest, Attachment target) throws InterruptedException;
}
