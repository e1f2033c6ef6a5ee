package io.hvkit.kvm.internal.endpoint;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.qemu.FileStatus;
import io.hvkit.qemu.FileStatus.Kind;
import io.hvkit.qemu.Image;
import io.hvkit.storage.spi.DiskImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What is on a host where images are said to be. */
final class Places {

    private final Tools tools;

    Places(Tools tools) {
        this.tools = tools;
    }

    /** Returns the image for the tools, with all that it lies over; what headers name is never followed. */
    static Image image(DiskImage image) {
        List<DiskImage> layers = image.layers();
        Image stack = alone(layers.get(layers.size() - 1));
        for (int i = layers.size() - 2; i >= 0; i--) {
            stack = unlocked(layers.get(i)).over(stack);
        }
        return stack;
    }

    /** Returns the same without what it lies over. */
    static Image alone(DiskImage image) {
        return unlocked(image).overNothing();
    }

    private static Image unlocked(DiskImage image) {
        Image locked = Image.of(path(image), image.format());
        return image.key().map(locked::unlockedBy).orElse(locked);
    }

    static Path path(DiskImage image) {
        return image.attachment().requirePath();
    }

    Optional<ByteSize> sizeOf(Attachment attachment) throws InterruptedException {
        FileStatus status = status(attachment);
        return status.holdsBytes() ? Optional.of(status.size()) : Optional.empty();
    }

    /** Returns what is there: bytes as they were said to lie, or nothing. */
    FileStatus status(Attachment attachment) throws InterruptedException {
        Path path = attachment.requirePath();
        FileStatus status = tools.files().status(path);
        Kind said = attachment instanceof Attachment.BlockDevice ? Kind.BLOCK_DEVICE : Kind.REGULAR_FILE;
        switch (status.kind()) {
            case NOTHING -> {}
            case BROKEN_LINK -> {
                // Of a device it is one of the names that udev gives, or a node whose device has gone.
                if (said == Kind.REGULAR_FILE) {
                    throw differs(path, said, status);
                }
            }
            case REGULAR_FILE, BLOCK_DEVICE, FOLDER, OTHER -> {
                if (status.kind() != said) {
                    throw differs(path, said, status);
                }
            }
        }
        return status;
    }

    /** Returns what is there, {@code NOT_FOUND} if there is nothing. */
    FileStatus require(DiskImage image) throws InterruptedException {
        FileStatus status = status(image.attachment());
        if (!status.holdsBytes()) {
            throw missing(image);
        }
        return status;
    }

    static DriverException missing(DiskImage image) {
        return DriverException.because(Failure.NOT_FOUND)
                .message("%s is not there; attach the volume to this host, or make the image", path(image));
    }

    private static DriverException differs(Path path, Kind said, FileStatus status) {
        return DriverException.because(Failure.EXISTS_DIFFERENTLY)
                .message(
                        "%s is said to be a %s and is a %s; nothing is read or written there, see who put it",
                        path, words(said), words(status.kind()));
    }

    private static String words(Kind kind) {
        return switch (kind) {
            case NOTHING -> "free name";
            case REGULAR_FILE -> "file";
            case BLOCK_DEVICE -> "block device";
            case FOLDER -> "folder";
            case BROKEN_LINK -> "name that leads nowhere";
            case OTHER -> "thing that holds no disk";
        };
    }
}
