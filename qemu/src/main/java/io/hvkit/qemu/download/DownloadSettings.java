package io.hvkit.qemu.download;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.qemu.inspect.ImagePolicy;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * How images are fetched.
 *
 * @param folder what files must lie in; anywhere if it is left out
 * @param staging where images for devices are gathered
 * @param given whom to trust; the system's choice if it is left out
 * @param policy what is acceptable
 * @param largest how many bytes are taken
 * @param stall how long a server may send nothing
 * @param whole how long all of it may take
 * @param attempts how often a server is asked while nothing new comes
 * @param pause how long it is left alone after the first of these
 */
record DownloadSettings(
        Optional<Path> folder,
        Path staging,
        Optional<SSLContext> given,
        ImagePolicy policy,
        ByteSize largest,
        Duration stall,
        Duration whole,
        int attempts,
        Duration pause) {

    /** Returns whom to trust. */
    SSLContext trust() {
        try {
            return given.isPresent() ? given.get() : SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("this JVM has no usable TLS: %s", e);
        }
    }
}
