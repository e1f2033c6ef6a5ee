package io.hvkit.kvm.internal.xml;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a disk is, in libvirt's words.
 *
 * @param type {@code file} or {@code block}
 * @param path absolute
 */
public record Place(String type, String path) {

    private static final String FILE = "file";
    private static final String BLOCK = "block";

    /**
     * Returns the place of an attachment.
     *
     * @throws DriverException with {@code UNSUPPORTED} for what the hypervisor would open over a network, or
     *     {@code INVALID_REQUEST} for a path with a control character, which libvirt's XML cannot keep
     */
    public static Place of(Attachment attachment) {
        return attachment.match(
                device -> new Place(BLOCK, kept(device.path())), file -> new Place(FILE, kept(file.path())), remote -> {
                    throw DriverException.because(Failure.UNSUPPORTED)
                            .message("this driver opens files and block devices, not %s", remote.uri());
                });
    }

    /** Returns the place that a {@code <source>} names, if it is a file or a block device. */
    static Optional<Place> read(Optional<String> type, Xml source) {
        return type.flatMap(kind -> switch (kind) {
            case FILE -> source.attribute(FILE).map(path -> new Place(FILE, path));
            case BLOCK -> source.attribute("dev").map(path -> new Place(BLOCK, path));
            default -> Optional.empty();
        });
    }

    /** Returns the attachment of this place. */
    public Attachment attachment() {
        return type.equals(BLOCK) ? new Attachment.BlockDevice(Path.of(path)) : new Attachment.ImageFile(Path.of(path));
    }

    /** Returns the attribute of {@code <source>} that holds the path. */
    String attribute() {
        return type.equals(BLOCK) ? "dev" : FILE;
    }

    private static String kept(Path path) {
        String text = path.toString();
        if (text.chars().anyMatch(c -> Character.isISOControl(c))) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "libvirt cannot keep a line break or another control character in a path; rename '%s'",
                            path);
        }
        return text;
    }

    @Override
    public String toString() {
        return path;
    }
}
