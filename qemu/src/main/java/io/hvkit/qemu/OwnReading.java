package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.qemu.inspect.ByteSource;
import io.hvkit.qemu.inspect.Encryption;
import io.hvkit.qemu.inspect.Finding;
import io.hvkit.qemu.inspect.InspectedImage;
import io.hvkit.qemu.inspect.Reference;
import io.hvkit.qemu.inspect.UntrustedImage;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** What the bytes of a file or block device say, read before qemu-img sees them and without it. */
final class OwnReading {

    private static final int FEATURES_AT = 72;
    private static final int FEATURES_BYTES = 8;
    private static final int DATA_FILE = 1 << 2;

    private final Image image;
    private final InspectedImage seen;
    private final boolean hasDataFile;

    private OwnReading(Image image, InspectedImage seen, boolean hasDataFile) {
        this.image = image;
        this.seen = seen;
        this.hasDataFile = hasDataFile;
    }

    /**
     * Reads them, wherever the program runs.
     *
     * @throws DriverException with {@code CORRUPT_DATA} if they are not of the stated format
     */
    static OwnReading of(QemuImgProgram program, Image image) throws InterruptedException {
        Path path = image.requirePath();
        HostFiles files = program.files();
        ByteSource bytes = new HostBytes(files, path);
        InspectedImage seen = UntrustedImage.from(bytes)
                .pinnedTo(image.format())
                .within(program.shortLimit())
                .inspect();
        for (Finding finding : seen.findings()) {
            if (finding.kind() == Finding.Kind.NOT_AS_DECLARED) {
                throw DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "the bytes at %s are not of the format %s",
                                path, image.format().qemuName());
            }
            if (finding.kind() == Finding.Kind.UNFINISHED) {
                throw DriverException.because(Failure.TIMED_OUT)
                        .effect(Effect.NOT_APPLIED)
                        .message("the header of %s could not be read: %s", image, finding.text());
            }
        }
        return new OwnReading(image, seen, hasDataFile(seen, bytes));
    }

    /** A name alone does not count: qemu reads it only if the header says that there is such a file. */
    private static boolean hasDataFile(InspectedImage seen, ByteSource bytes) throws InterruptedException {
        boolean mayHave = seen.qcow2().filter(details -> details.version() == 3).isPresent();
        if (!mayHave) {
            return false;
        }
        byte[] features = bytes.read(FEATURES_AT, FEATURES_BYTES);
        return features.length == FEATURES_BYTES && (features[FEATURES_BYTES - 1] & DATA_FILE) != 0;
    }

    /** Returns how qemu opens the header and nothing that it names: older ones would open its data file. */
    QemuImageOptions headerOptions() {
        QemuImageOptions options = image.headerOptions();
        return hasDataFile ? options.over("data-file", QemuImageOptions.driver("null-co")) : options;
    }

    /** Returns whether qemu-img read the same. Of a raw image nothing was read, and its file may be growing. */
    boolean agreesWith(ImageInfo info) {
        return image.format() == ImageFormat.RAW
                || (seen.virtualSize().equals(info.virtualSize())
                        && isEncrypted() == info.isEncrypted()
                        && hasSameBacking(info));
    }

    /** Returns the failure that it is if they never agree: the image's fault if it is broken, else that of one of us. */
    DriverException disagreement(ImageInfo info) {
        boolean broken = seen.findings().stream()
                .map(Finding::kind)
                .anyMatch(kind -> kind.severity() == Finding.Severity.DAMAGED
                        || kind == Finding.Kind.UNKNOWN_FEATURE
                        || kind == Finding.Kind.EXCESSIVE_TABLE);
        return DriverException.because(broken ? Failure.CORRUPT_DATA : Failure.DEFECT)
                .effect(Effect.NOT_APPLIED)
                .message(
                        "the header of %s is read in two ways: here as %s, by qemu-img as %s; nothing was changed",
                        image,
                        text(seen.virtualSize(), isEncrypted(), backing()),
                        text(info.virtualSize(), info.isEncrypted(), info.backingFile()));
    }

    private boolean isEncrypted() {
        return seen.encryption() != Encryption.NONE;
    }

    private boolean hasSameBacking(ImageInfo info) {
        String ours = backing().orElse("");
        String theirs = info.backingFile().orElse("");
        // A name that is no UTF-8 is told by each in its own way.
        return ours.equals(theirs) || (ours.indexOf('\ufffd') >= 0 && theirs.indexOf('\ufffd') >= 0);
    }

    /** Returns the name as qemu takes it: up to a NUL. */
    private Optional<String> backing() {
        return seen.references().stream()
                .filter(reference -> switch (image.format()) {
                    case QCOW2 -> reference.kind() == Reference.Kind.BACKING_FILE;
                    case VMDK -> reference.kind() == Reference.Kind.PARENT;
                    case RAW, LUKS, VHD, VHDX, VDI -> false; // qemu does not know what they lie over
                })
                .map(reference -> reference.name().split("\0", 2)[0])
                .filter(name -> !name.isEmpty())
                .findFirst();
    }

    private static String text(ByteSize size, boolean encrypted, Optional<String> backing) {
        return String.format(
                Locale.ROOT,
                "a disk of %s bytes, %s, over %s",
                size.bytes(),
                encrypted ? "encrypted" : "not encrypted",
                backing.map(name -> "'" + name + "'").orElse("nothing"));
    }

    /** The bytes of an image on the host where the programs run. */
    private record HostBytes(HostFiles files, Path path) implements ByteSource {

        @Override
        public ByteSize length() throws InterruptedException {
            FileStatus status = files.status(path);
            ImagePath.requireBytes(path, status);
            return status.size();
        }

        @Override
        public byte[] read(long offset, int count) throws InterruptedException {
            return files.read(path, offset, count);
        }
    }
}
