package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a conversion must keep to, looked at before a byte is written. */
final class ConversionRules {

    private static final ByteSize SECTOR = ByteSize.bytes(512);

    private final QemuImgProgram program;
    private final ImageReading reading;
    private final ConvertRequest request;
    private final Image target;

    ConversionRules(QemuImgProgram program, ConvertRequest request) {
        this.program = program;
        this.reading = new ImageReading(program, Sharing.ALONE);
        this.request = request;
        this.target = request.target();
    }

    /** Looks at all that is read, and returns it with its sizes. */
    Slices requireSources() throws InterruptedException {
        ImageCreation.requireKeys(target);
        program.require(target);
        request.sources().forEach(ImageCreation::requireKeys);
        request.sources().forEach(program::require);
        for (Image source : request.sources()) {
            requireDistinct(source);
            requireEncryptionKept(source, source.readsEncrypted());
        }
        requireGoodWishes();
        List<Slices.Piece> pieces = new ArrayList<>();
        for (Image source : request.sources()) {
            ImageInfo info = reading.requireMatchingKey(source);
            requireEncryptionKept(source, info.isEncrypted());
            VhdFooter.requireWholeDisk(program.files(), source, info.virtualSize());
            pieces.add(new Slices.Piece(
                    source, info.virtualSize().roundedUpTo(SECTOR).bytes()));
        }
        return new Slices(List.copyOf(pieces));
    }

    /** Returns how a new target is made, with its size. */
    CreateRequest requireNew(Slices sources) throws InterruptedException {
        if (target.path().isEmpty()) {
            throw refused("%s is made by who keeps it, and not here; then say onto(TargetState.EXISTS)", target);
        }
        if (program.files().status(target.requirePath()).kind() == FileStatus.Kind.BLOCK_DEVICE) {
            throw refused(
                    "%s is a block device, so it is there already; say onto(TargetState.EXISTS), after create(...) if it"
                            + " is to be %s",
                    target.place(), target.format().qemuName());
        }
        ByteSize needed = ByteSize.bytes(sources.size());
        ByteSize size = request.making().size().orElse(needed);
        requireRoom(size, needed);
        if (!size.equals(needed) && (target.backing().isPresent() || request.bitmaps() != BitmapCopy.NONE)) {
            throw refused(
                    "%s must have the source's size, %s, not %s, to take over its %s",
                    target, needed, size, target.backing().isPresent() ? "own layer" : "bitmaps");
        }
        CreateRequest making = request.making().sized(size);
        return request.allowsPlaintext() ? making.intoPlaintext() : making;
    }

    /** Returns how much room a target has that exists. */
    ByteSize requireExisting(Slices sources) throws InterruptedException {
        if (request.making().layout().isPresent()
                || request.making().preallocation() != Preallocation.OFF
                || request.making().size().isPresent()) {
            throw refused("%s exists, so it is not made with a size, a layout or preallocation", target);
        }
        if (sources.size() == 0) {
            throw refused("%s holds no bytes, so there is nothing to write onto %s", request.source(), target);
        }
        ImageInfo info = reading.requireMatchingKey(target);
        requireRoom(info.virtualSize(), ByteSize.bytes(sources.size()));
        if (request.targetState() == TargetState.EXISTS_ZEROED
                && (info.backingFile().isPresent() || target.backing().isPresent())) {
            throw refused(
                    "%s lies over another image, which would be seen where writing zeroes is spared; say"
                            + " TargetState.EXISTS",
                    target);
        }
        if (target.encrypts() && target.path().isPresent()) {
            new ImageCreation(program).attest(target); // anywhere else, qemu's reading of the header, above, must do
        }
        return info.virtualSize();
    }

    private void requireRoom(ByteSize room, ByteSize needed) {
        if (room.compareTo(needed) < 0) {
            throw refused("%s has %s, and %s do not fit; make the target larger", request, room, needed);
        }
    }

    /** Refuses what qemu-img would refuse late, or not at all. */
    private void requireGoodWishes() {
        boolean one = request.sources().size() == 1;
        boolean absent = request.targetState() == TargetState.ABSENT;
        boolean fromQcow2 = one && request.source().format() == ImageFormat.QCOW2;
        if (request.compresses()) {
            requireCompressible(absent);
        }
        if (request.snapshot().isPresent() && !(fromQcow2 && absent)) {
            throw refused(
                    "a snapshot is read from one qcow2 image and copied into a new one, as %s is not; make a new image of it"
                            + " first",
                    request);
        }
        if (request.bitmaps() != BitmapCopy.NONE) {
            boolean old =
                    request.making().layout().filter(ConversionRules::isOld).isPresent();
            if (!fromQcow2
                    || !absent
                    || target.format() != ImageFormat.QCOW2
                    || old
                    || request.snapshot().isPresent()) {
                throw refused(
                        "bitmaps are copied from one qcow2 image, as it is now, into a new qcow2 of version 3, and %s is"
                                + " something else",
                        request);
            }
        }
        if (request.profile().limit().isPresent() && !program.can(QemuImgAbility.RATE_LIMIT)) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "%s %s cannot limit how fast it copies; it needs QEMU 6.0",
                            program.name(), program.version());
        }
        boolean doubtful = !one
                || request.snapshot().isPresent()
                || request.salvages()
                || target.backing().isPresent();
        if (request.isVerified() && doubtful) {
            throw refused(
                    "only the whole copy of one sound disk can be verified, and %s is another; compare it yourself",
                    request);
        }
        if (absent) {
            target.backing().ifPresent(this::requireSameBelow);
        }
    }

    /** qemu-img writes compressed clusters in clear into an encrypted image that exists, without a word. */
    private void requireCompressible(boolean absent) {
        if (target.encrypts()) {
            throw refused("%s would hold what is compressed in clear; leave out compressed() or the key", target);
        }
        if (target.format() != ImageFormat.QCOW2 || !absent) {
            throw refused(
                    "only a new qcow2 is written compressed, not %s; for a VMDK say VmdkLayout.STREAM_OPTIMIZED",
                    target);
        }
    }

    private void requireSameBelow(Image below) {
        Optional<Image> sources = request.source().backing();
        boolean same = sources.filter(source -> below.isWhere(source) && below.format() == source.format())
                .isPresent();
        if (request.sources().size() != 1 || !same) {
            throw refused(
                    "%s is to lie over %s, so the source must be said to lie over that too, in the same format; a whole copy"
                            + " lies over nothing",
                    target.place(), below);
        }
    }

    private static boolean isOld(ImageLayout layout) {
        return layout instanceof Qcow2Layout qcow2 && qcow2.version() == Qcow2Layout.Version.V2;
    }

    private void requireEncryptionKept(Image source, boolean encrypted) {
        if (encrypted && !target.encrypts() && !request.allowsPlaintext()) {
            throw refused(
                    "%s is encrypted and %s would hold its data in clear; give the target a key, or say intoPlaintext()"
                            + " if that is meant",
                    source, target);
        }
    }

    private void requireDistinct(Image source) throws InterruptedException {
        for (Image layer : source.layers()) {
            if (layer.isWhere(target) || isSameFile(layer, target)) {
                throw refused("%s and %s are the same file; a copy needs another place", layer.place(), target.place());
            }
        }
    }

    private boolean isSameFile(Image one, Image other) throws InterruptedException {
        HostFiles files = program.files();
        return one.path().isPresent()
                && other.path().isPresent()
                && files.status(one.requirePath()).isSameAs(files.status(other.requirePath()));
    }

    private static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, values);
    }
}
