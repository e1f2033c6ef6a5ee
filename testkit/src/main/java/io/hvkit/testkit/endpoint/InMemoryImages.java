package io.hvkit.testkit.endpoint;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.Deltas;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.ImageMeasure;
import io.hvkit.storage.spi.ImageReport;
import io.hvkit.storage.spi.Images;
import java.util.Arrays;
import java.util.Optional;

/** Work on images in memory. */
record InMemoryImages(InMemoryFiles files) implements Images {

    private static final int PIECE = 1 << 20;

    @Override
    public ImageReport create(DiskImage image, ByteSize size) {
        if (!image.isBaseNamed()) {
            throw InMemoryFiles.refused("%s holds changes once they are written", image.attachment());
        }
        if (image.base().isPresent()) {
            files.requireTrusted(image.base().get());
            if (files.require(image.base().get()).size().compareTo(size) > 0) {
                throw InMemoryFiles.refused("%s would cut the end of its base off", image.attachment());
            }
        }
        if (files.find(image.attachment()).isPresent()) {
            return confirmed(image, size);
        }
        if (!(image.attachment() instanceof Attachment.ImageFile)) {
            throw DriverException.because(Failure.NOT_FOUND).message("there is no device %s", image.attachment());
        }
        files.publish(image, made(image, size));
        return files.report(image);
    }

    private static InMemoryImage made(DiskImage image, ByteSize size) {
        InMemoryImage made = new InMemoryImage(image.format(), Math.toIntExact(size.bytes()));
        image.key().ifPresent(made::encrypt);
        made.base = image.base()
                .map(base -> new InMemoryImage.Base(base.attachment().requirePath(), base.format()));
        return made;
    }

    private ImageReport confirmed(DiskImage image, ByteSize size) {
        InMemoryImage there = files.require(image);
        if (!isLockedAsSaid(image, there) || !there.size().equals(size) || !files.liesAsSaid(image, there)) {
            throw differs(image);
        }
        return files.report(image);
    }

    private boolean isLockedAsSaid(DiskImage image, InMemoryImage there) {
        return there.format == image.format()
                && there.isEncrypted() == image.isEncrypted()
                && files.isOpenedByItsKey(image);
    }

    private static DriverException differs(DiskImage image) {
        return DriverException.because(Failure.EXISTS_DIFFERENTLY)
                .message("%s holds something else, and was left alone", image.attachment());
    }

    @Override
    public ImageReport copy(CopyImage request, ProgressListener listener) throws InterruptedException {
        files.requireOpen(request.source());
        byte[] content = files.disk(request.source());
        DiskImage target = request.target();
        requireEncryptionKept(request);
        if (request.before() == CopyImage.Before.IMAGE) {
            copyOnto(target, content, listener);
        } else if (files.find(target.attachment()).isPresent()) {
            InMemoryImage there = files.require(target);
            if (!isLockedAsSaid(target, there) || there.base.isPresent() || !Arrays.equals(there.disk, content)) {
                throw differs(target);
            }
        } else {
            InMemoryImage whole = made(target, ByteSize.bytes(content.length));
            fill(whole, content, listener);
            files.publish(target, whole);
        }
        return files.report(target);
    }

    @Override
    public ImageReport copyAsIs(DiskImage source, DiskImage target) {
        files.requireOpen(source);
        InMemoryImage from = files.requireUnused(source);
        files.requireOpen(target);
        files.requireUnused(target).become(from);
        return files.report(target);
    }

    @Override
    public Optional<Deltas> deltas() {
        return Optional.of(this::writeDelta);
    }

    private ImageReport writeDelta(DiskImage source, DiskImage delta, ProgressListener listener)
            throws InterruptedException {
        files.requireOpen(source);
        files.requireOpen(delta);
        InMemoryImage unused = files.requireUnused(source);
        InMemoryImage there = files.requireUnused(delta);
        byte[] content = files.disk(source);
        if (content.length > there.disk.length) {
            throw InMemoryFiles.refused("%s is too small for %d bytes", delta.attachment(), content.length);
        }
        byte[] wanted = Arrays.copyOf(content, there.disk.length);
        byte[] below = Arrays.copyOf(files.disk(delta.base().orElseThrow()), there.disk.length);
        InMemoryImage made = made(DiskImage.at(delta.attachment(), delta.format()), there.size());
        delta.key().ifPresent(made::encrypt);
        ByteSize total = there.size();
        for (int offset = 0; offset < wanted.length; offset += PIECE) {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while comparing");
            }
            listener.progressed(new Progress("comparing", ByteSize.bytes(offset), total));
            writeDifferences(made, wanted, below, offset);
        }
        there.become(made);
        listener.progressed(new Progress("comparing", total, total));
        return files.report(delta);
    }

    private static void writeDifferences(InMemoryImage made, byte[] wanted, byte[] below, int from) {
        int end = Math.min(from + PIECE, wanted.length);
        for (int at = from; at < end; at += InMemoryImage.SECTOR) {
            int next = at + InMemoryImage.SECTOR;
            if (!Arrays.equals(wanted, at, next, below, at, next)) {
                made.write(at, Arrays.copyOfRange(wanted, at, next));
            }
        }
    }

    @Override
    public boolean areEqual(DiskImage one, DiskImage other, ProgressListener listener) throws InterruptedException {
        files.requireOpen(one);
        files.requireOpen(other);
        byte[] first = files.disk(one);
        byte[] second = files.disk(other);
        int longest = Math.max(first.length, second.length);
        ByteSize total = ByteSize.bytes(longest);
        for (int offset = 0; offset < longest; offset += PIECE) {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while comparing");
            }
            listener.progressed(new Progress("comparing", ByteSize.bytes(offset), total));
        }
        listener.progressed(new Progress("comparing", total, total));
        return Arrays.equals(Arrays.copyOf(first, longest), Arrays.copyOf(second, longest));
    }

    private void requireEncryptionKept(CopyImage request) {
        boolean lost = request.source().layers().stream()
                .anyMatch(layer -> layer.isEncrypted() && !request.target().isEncrypted());
        if (lost && request.plaintext() == CopyImage.Plaintext.REFUSED) {
            throw InMemoryFiles.refused("%s would be in clear", request.target().attachment());
        }
    }

    private void copyOnto(DiskImage target, byte[] content, ProgressListener listener) throws InterruptedException {
        files.requireOpen(target);
        InMemoryImage there = files.requireUnused(target);
        if (there.disk.length < content.length) {
            throw InMemoryFiles.refused("%s is too small for %d bytes", target.attachment(), content.length);
        }
        there.incomplete = true;
        there.write(0, new byte[there.disk.length]);
        fill(there, content, listener);
        there.incomplete = false;
    }

    private static void fill(InMemoryImage target, byte[] content, ProgressListener listener)
            throws InterruptedException {
        ByteSize total = ByteSize.bytes(content.length);
        listener.progressed(new Progress("copying", ByteSize.ZERO, total));
        for (int offset = 0; offset < content.length; offset += PIECE) {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while copying");
            }
            int end = Math.min(offset + PIECE, content.length);
            target.write(offset, Arrays.copyOfRange(content, offset, end));
            listener.progressed(new Progress("copying", ByteSize.bytes(end), total));
        }
    }

    @Override
    public ImageMeasure measure(DiskImage image, ByteSize size) {
        ByteSize headers = ByteSize.bytes(InMemoryImage.headers(image.format(), image.isEncrypted()));
        return new ImageMeasure(headers, headers.plus(size));
    }

    @Override
    public ImageMeasure measure(CopyImage request) {
        files.requireTrusted(request.source());
        return measure(request.target(), files.require(request.source()).size());
    }

    @Override
    public ImageReport inspect(DiskImage image) {
        return files.report(image);
    }

    @Override
    public Optional<ByteSize> occupied(DiskImage image) {
        return Optional.of(files.stated(image).occupied());
    }

    @Override
    public Optional<ByteSize> allocated(DiskImage image) {
        files.requireOpen(image);
        InMemoryImage there = files.requireUnused(image);
        return Optional.of(image.format() == ImageFormat.QCOW2 ? there.allocated() : there.size());
    }

    @Override
    public boolean isIncomplete(DiskImage image) {
        files.requireOpen(image);
        return files.require(image).incomplete;
    }

    @Override
    public ImageReport growTo(DiskImage image, ByteSize size) {
        files.requireOpen(image);
        InMemoryImage there = files.requireUnused(image);
        if (there.size().compareTo(size) < 0) {
            there.grow(Math.toIntExact(size.bytes()));
        }
        return files.report(image);
    }
}
