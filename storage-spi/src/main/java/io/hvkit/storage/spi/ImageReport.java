package io.hvkit.storage.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Incubating;
import java.util.List;
import java.util.Optional;

/**
 * What an image says of itself, in the format that it was said to have. What can be seen by its bytes alone is true; the rest is as
 * true as whoever wrote them.
 *
 * @param format the format under which it was read
 * @param size how large the disk is, as a machine sees it
 * @param attestation the proof that it is encrypted, read from its header; nothing if it is not
 * @param references the other files that it names, such as what it lies over, as written in it
 * @param findings what speaks against trusting it, for people; none if nothing does
 */
@Incubating(since = "0.1")
public record ImageReport(
        ImageFormat format,
        ByteSize size,
        Optional<LuksAttestation> attestation,
        List<String> references,
        List<String> findings) {

    /** Copies the lists. */
    public ImageReport {
        references = List.copyOf(references);
        findings = List.copyOf(findings);
    }
}
