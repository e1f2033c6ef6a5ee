package io.hvkit.qemu.inspect;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * An image that nobody has looked at yet. Immutable; nothing is opened before {@link #inspect}.
 *
 * <p>Not for disks that a guest has written: their owner knows the format, and the bytes may say another. See the package.
 */
public final class UntrustedImage {

    private static final Duration USUAL_LIMIT = Duration.ofSeconds(10);

    /** What lends the bytes. */
    private interface Place {

        InspectedImage inspect(Look look) throws InterruptedException;
    }

    private interface Look {

        InspectedImage at(ByteSource source) throws InterruptedException;
    }

    private record Fields(Place place, Duration limit, Optional<ImageFormat> pin) {}

    private final Fields fields;

    private UntrustedImage(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns the image in a file or a block device of this host. A symbolic link is followed, since the path is the caller's
     * own; let nobody else write to its folder.
     */
    public static UntrustedImage at(Path path) {
        return new UntrustedImage(new Fields(
                look -> {
                    try (FileSource source = FileSource.open(path)) {
                        return look.at(source);
                    }
                },
                USUAL_LIMIT,
                Optional.empty()));
    }

    /** Returns the image whose bytes {@code source} reads, from wherever they are. */
    public static UntrustedImage from(ByteSource source) {
        return new UntrustedImage(new Fields(look -> look.at(source), USUAL_LIMIT, Optional.empty()));
    }

    /**
     * Returns a stream of the same bytes, which are inspected as they are read: for uploads that flow past to their place. Closing
     * it closes {@code image}.
     */
    public static ImageStream streaming(InputStream image) {
        return new ImageStream(image);
    }

    /**
     * Returns this image with another limit for the whole inspection than ten seconds. When it has passed, the next read is not
     * begun and the result has the finding {@code UNFINISHED}; a single read that hangs is not ended.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the limit is not positive
     */
    public UntrustedImage within(Duration limit) {
        if (limit.isNegative() || limit.isZero()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("an inspection within %s cannot be; allow it some time", limit);
        }
        return new UntrustedImage(new Fields(fields.place, limit, fields.pin));
    }

    /**
     * Returns this image, to be read as {@code format} alone, whatever else it could be taken for. For images whose format is
     * known from when they were made, and above all for {@code RAW}: then nothing in it is believed, and the size of the file is
     * all that is learned. An image that is not of this format has the finding
     * {@code NOT_AS_DECLARED}.
     */
    public UntrustedImage pinnedTo(ImageFormat format) {
        return new UntrustedImage(new Fields(fields.place, fields.limit, Optional.of(format)));
    }

    /**
     * Reads the few bytes that tell what the image is. Changes nothing, opens nothing else, and may be called again.
     *
     * <p>Whatever the bytes say is a finding, never a failure.
     *
     * @throws DriverException with {@code NOT_FOUND} if nothing is there, {@code INVALID_REQUEST} if it is neither a regular file
     *     nor a block device, {@code HOST_NOT_READY} if it cannot be read, or what the source throws
     */
    public InspectedImage inspect() throws InterruptedException {
        return fields.place.inspect(source -> fields.pin.isPresent()
                ? Inspection.of(source, fields.limit, fields.pin.get())
                : Inspection.of(source, fields.limit));
    }
}
