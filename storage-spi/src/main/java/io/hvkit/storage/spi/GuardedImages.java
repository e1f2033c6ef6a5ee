package io.hvkit.storage.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.internal.PluginBoundary;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Work on images by an end point. */
record GuardedImages(Images images, PluginBoundary boundary) implements Images {

    @Override
    public ImageReport create(DiskImage image, ByteSize size) throws InterruptedException {
        ImageRules.requireCreatable(image, size);
        ImageReport made = boundary.call("images.create", () -> images.create(image, size));
        return made.size().compareTo(size) >= 0
                ? asAskedFor(image, made)
                : broken("it was asked for " + size + " at least", image, made);
    }

    @Override
    public ImageReport copy(CopyImage request, ProgressListener listener) throws InterruptedException {
        ImageRules.requireCopyable(request);
        Heard heard = new Heard(listener);
        try {
            return asAskedFor(request.target(), boundary.call("images.copy", () -> images.copy(request, heard)));
        } catch (DriverException e) {
            heard.rethrow(); // the caller's own exception is no defect of the end point
            throw e;
        }
    }

    @Override
    public ImageReport copyAsIs(DiskImage source, DiskImage target) throws InterruptedException {
        ImageRules.requireSameKind(source, target);
        return asAskedFor(target, boundary.call("images.copyAsIs", () -> images.copyAsIs(source, target)));
    }

    @Override
    public Optional<Deltas> deltas() throws InterruptedException {
        return boundary.call("images.deltas", images::deltas)
                .map(real -> (source, delta, listener) -> write(real, source, delta, listener));
    }

    private ImageReport write(Deltas real, DiskImage source, DiskImage delta, ProgressListener listener)
            throws InterruptedException {
        ImageRules.requireDelta(source, delta);
        Heard heard = new Heard(listener);
        try {
            return asAskedFor(delta, boundary.call("deltas.write", () -> real.write(source, delta, heard)));
        } catch (DriverException e) {
            heard.rethrow(); // the caller's own exception is no defect of the end point
            throw e;
        }
    }

    @Override
    public boolean areEqual(DiskImage one, DiskImage other, ProgressListener listener) throws InterruptedException {
        ImageRules.requireKeys(one);
        ImageRules.requireKeys(other);
        Heard heard = new Heard(listener);
        try {
            return boundary.call("images.areEqual", () -> images.areEqual(one, other, heard));
        } catch (DriverException e) {
            heard.rethrow(); // the caller's own exception is no defect of the end point
            throw e;
        }
    }

    /** Hands progress on, and keeps what the caller throws to end the work. */
    private static final class Heard implements ProgressListener {

        private final ProgressListener listener;
        private volatile @Nullable RuntimeException thrown;

        Heard(ProgressListener listener) {
            this.listener = listener;
        }

        @Override
        public void progressed(Progress progress) {
            try {
                listener.progressed(progress);
            } catch (RuntimeException e) {
                thrown = e;
                throw e;
            }
        }

        void rethrow() {
            RuntimeException callers = thrown;
            if (callers != null) {
                throw callers;
            }
        }
    }

    @Override
    public ImageMeasure measure(DiskImage image, ByteSize size) throws InterruptedException {
        ImageRules.requireCreatable(image, size);
        return boundary.call("images.measure", () -> images.measure(image, size));
    }

    @Override
    public ImageMeasure measure(CopyImage request) throws InterruptedException {
        ImageRules.requireCopyable(request);
        return boundary.call("images.measure", () -> images.measure(request));
    }

    @Override
    public ImageReport inspect(DiskImage image) throws InterruptedException {
        return boundary.call("images.inspect", () -> images.inspect(image));
    }

    @Override
    public Optional<ByteSize> occupied(DiskImage image) throws InterruptedException {
        return boundary.call("images.occupied", () -> images.occupied(image));
    }

    @Override
    public Optional<ByteSize> allocated(DiskImage image) throws InterruptedException {
        ImageRules.requireKeys(image);
        return boundary.call("images.allocated", () -> images.allocated(image));
    }

    @Override
    public boolean isIncomplete(DiskImage image) throws InterruptedException {
        ImageRules.requireKeys(image);
        return boundary.call("images.isIncomplete", () -> images.isIncomplete(image));
    }

    @Override
    public ImageReport growTo(DiskImage image, ByteSize size) throws InterruptedException {
        ImageRules.requireKeys(image);
        ImageRules.requireSectors(size);
        ImageReport grown = boundary.call("images.growTo", () -> images.growTo(image, size));
        return grown.size().compareTo(size) >= 0
                ? asAskedFor(image, grown)
                : broken("it was asked for " + size + " at least", image, grown);
    }

    /** Fails closed. What is wrong is left where it is, since the driver that knows it is not to be trusted any more. */
    private ImageReport asAskedFor(DiskImage image, ImageReport report) {
        if (report.format() != image.format()) {
            return broken("it was asked for " + image.format(), image, report);
        }
        boolean attested = report.attestation()
                .filter(proof ->
                        proof.container() == image.format() && !proof.keySlots().isEmpty())
                .isPresent();
        if (image.isEncrypted() && !attested) {
            return broken("it was asked to encrypt, and has no proof that it did", image, report);
        }
        return report;
    }

    private ImageReport broken(String how, DiskImage image, ImageReport answer) {
        throw DriverException.because(Failure.DEFECT)
                .message(
                        "%s broke its contract: %s and answered with %s; the image at %s was left as it is, look at it",
                        boundary.provider(), how, answer, image.attachment());
    }
}
