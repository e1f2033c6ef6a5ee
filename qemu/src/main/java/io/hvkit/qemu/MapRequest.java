package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.Optional;

/** A question of how a disk, or a part of it, lies in its image. Immutable; every change is a new request. */
public final class MapRequest {

    private record Fields(Image image, ByteSize start, Optional<ByteSize> length) {}

    private final Fields fields;

    private MapRequest(Fields fields) {
        this.fields = fields;
    }

    /** Returns a request for the whole disk. */
    public static MapRequest of(Image image) {
        return new MapRequest(new Fields(image, ByteSize.ZERO, Optional.empty()));
    }

    /** Returns this request for what lies from {@code start} on; nothing lies behind the disk's end. */
    public MapRequest from(ByteSize start) {
        return new MapRequest(new Fields(fields.image, start, fields.length));
    }

    /**
     * Returns this request for no more than {@code length}; the last extent is cut there.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is zero
     */
    public MapRequest atMost(ByteSize length) {
        if (length.equals(ByteSize.ZERO)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a map of no bytes says nothing; leave the length out to have all");
        }
        return new MapRequest(new Fields(fields.image, fields.start, Optional.of(length)));
    }

    /** Returns the image. */
    public Image image() {
        return fields.image;
    }

    /** Returns where on the disk it begins. */
    public ByteSize start() {
        return fields.start;
    }

    /** Returns how much of the disk it is about; nothing for all that follows. */
    public Optional<ByteSize> length() {
        return fields.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MapRequest request && request.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return fields.toString().replaceFirst("Fields", "MapRequest");
    }
}
