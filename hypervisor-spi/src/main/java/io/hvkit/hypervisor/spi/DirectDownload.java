package io.hvkit.hypervisor.spi;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import io.hvkit.core.Sha256;
import java.net.URI;

/** Fetching an image by the host that will use it, so that it takes one way and not two. */
@FunctionalInterface
@Incubating(since = "0.1")
public interface DirectDownload {

    /**
     * Fetches an image, makes sure of its digest, looks at what it is, and returns its size; does nothing but make sure if the
     * target holds it already. The bytes are kept as they come. A target that is a file must not be there yet; one that is a
     * device must hold nothing but zeroes, or parts of this image, where the image will be.
     *
     * <p>The address is shown without its query, in logs and failures alike, and must not hold a user or a password.
     *
     * <table>
     * <caption>Failures; the target is as it was in any of these</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the host cannot fetch by this scheme, or write to such a target</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>the address makes no sense, or leads on to where it may not, or too often</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the server does not answer, or stops in the middle</td><td>{@code UNREACHABLE}</td></tr>
     * <tr><td>the server does not let this host in, or is not trusted</td><td>{@code BAD_CREDENTIALS}</td></tr>
     * <tr><td>the server has no such image, or the target has no folder</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the bytes do not have the digest</td><td>{@code CORRUPT_DATA}</td></tr>
     * <tr><td>the image names other files, is of a format that is not taken here, or is larger than is taken</td>
     * <td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the target holds something else</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>the same image is being fetched to the same target</td><td>{@code OPERATION_PENDING}</td></tr>
     * <tr><td>the target has no room for it</td><td>{@code EXHAUSTED}</td></tr>
     * </table>
     */
    ByteSize fetch(URI source, Sha256 digest, Attachment target) throws InterruptedException;
}
