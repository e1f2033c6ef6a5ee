package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * An image on this machine, until a pool has taken it.
 *
 * @param templates what this stands on
 * @param operation the operation that it is for
 */
record StagedImage(TemplateGround templates, RecordId<OperationRecord> operation) {

    private static final int PIECE = 1 << 16;

    /** Returns where it is fetched to: a name that is this operation's alone. */
    Path path() {
        return templates
                .staging()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .effect(Effect.NOT_APPLIED)
                        .message("this engine has nowhere to keep images while they are fetched; say stagingIn"))
                .resolve("hvkit-" + operation + ".image");
    }

    /** Has a host fetch it, which makes sure of its digest. */
    Facts fetch(RecordId<HostRecord> host, TemplateRecord template) throws InterruptedException {
        URI source = URI.create(template.source().orElseThrow());
        Sha256 digest = template.content().digest().orElseThrow();
        ByteSize size = templates
                .ground()
                .host(host)
                .directDownload()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .effect(Effect.NOT_APPLIED)
                        .message("host %s fetches no images any more", host))
                .fetch(source, digest, new Attachment.ImageFile(path()));
        return Facts.of("bytes", size.bytes());
    }

    /** Removes what was fetched; does nothing if there is nothing. */
    void remove() {
        try {
            Files.deleteIfExists(path());
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("what was fetched to %s cannot be removed: %s", path(), e.toString());
        }
    }

    /** Reads an image that was uploaded, and makes sure of its digest. */
    Facts check(Path image, TemplateRecord template) throws InterruptedException {
        Sha256 wanted = template.content().digest().orElseThrow();
        Sha256 found = digest(image);
        if (!found.equals(wanted)) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "image %s has the digest %s, and template %s has %s",
                            image, found, template.name(), wanted);
        }
        return Facts.of("digest", found);
    }

    private static Sha256 digest(Path image) throws InterruptedException {
        try (InputStream in = Files.newInputStream(image)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] piece = new byte[PIECE];
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                if (Thread.interrupted()) {
                    throw new InterruptedException("image " + image + " was being read");
                }
                digest.update(piece, 0, read);
            }
            return new Sha256(HexFormat.of().formatHex(digest.digest()));
        } catch (NoSuchFileException e) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .effect(Effect.NOT_APPLIED)
                    .causedBy(e)
                    .message("there is no image %s", image);
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .effect(Effect.NOT_APPLIED)
                    .causedBy(e)
                    .message("image %s cannot be read: %s", image, e.toString());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
