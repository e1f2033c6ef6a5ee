package io.hvkit.qemu.download;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Recovery;
import io.hvkit.core.Sha256;
import io.hvkit.qemu.inspect.UntrustedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call: from what the target holds already to the image in its place. */
final class Fetch {

    private static final Logger LOG = LoggerFactory.getLogger(Fetch.class);

    private final DownloadSettings settings;
    private final SourceAddress source;
    private final Sha256 digest;
    private final Target target;
    private final Patience patience;
    private final FetchProgress progress;

    Fetch(DownloadSettings settings, SourceAddress source, Sha256 digest, Target target, ProgressListener listener) {
        this.settings = settings;
        this.source = source;
        this.digest = digest;
        this.target = target;
        this.patience = new Patience(settings.stall(), settings.whole());
        this.progress = new FetchProgress(listener, patience);
    }

    ByteSize run() throws InterruptedException {
        try {
            Optional<ByteSize> held = target.held(digest, progress.phase("checking"));
            if (held.isPresent()) {
                inspect(target.path());
                return held.get();
            }
            try (PartialDownload image = PartialDownload.open(target.staging(), target.path(), digest)) {
                return brought(image);
            }
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while fetching " + source);
            }
            throw Failures.ofFile("cannot fetch " + source + " to " + target.path(), e);
        }
    }

    /** What has arrived is kept for the next call where that may help, and removed in all other cases. */
    private ByteSize brought(PartialDownload image) throws IOException, InterruptedException {
        boolean kept = false;
        try {
            image.resume(progress.phase("reading what is there"));
            Transfer transfer = new Transfer(settings, source, digest, target, patience, progress);
            ByteSize size = transfer.into(image);
            if (!transfer.isHeldAlready()) {
                requireDigest(transfer, image);
                inspect(image.path());
                target.take(image, digest, progress.phase("writing"));
            }
            return size;
        } catch (DriverException e) {
            kept = e.recovery() == Recovery.RETRY_WITH_BACKOFF
                    && image.validator().isPresent();
            throw e;
        } finally {
            if (!kept) {
                discard(image);
            }
        }
    }

    /** Pieces of two contents under one name make a third one: that is found here, and begun anew once. */
    private void requireDigest(Transfer transfer, PartialDownload image) throws IOException, InterruptedException {
        Sha256 got = image.digest();
        if (!got.equals(digest) && transfer.isPiecedTogether()) {
            LOG.warn("what came of {} in pieces is no whole; all of it is fetched again", source);
            image.begin(Optional.empty());
            transfer.into(image);
            got = image.digest();
        }
        if (!got.equals(digest)) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "%s has digest %s, and not %s: it was changed, or the digest is another image's",
                            source, got, digest);
        }
    }

    private void inspect(Path path) throws InterruptedException {
        settings.policy().require(UntrustedImage.at(path).inspect());
    }

    private void discard(PartialDownload image) {
        try {
            image.discard();
        } catch (IOException e) {
            LOG.warn("{} is of no use any more and could not be removed: {}", image.path(), e.toString());
        }
    }
}
