package io.hvkit.qemu;

import java.time.Duration;
import java.util.Optional;

/**
 * A wish to have an overlay lie over another image, or none, and hold the same disk as before. Without more words the header names
 * the other by its whole path, there is no limit, and what is encrypted is not written in clear. Immutable; every change is a new
 * request.
 */
public final class RebaseRequest {

    private enum Plaintext {
        REFUSED,
        ALLOWED
    }

    private record Fields(
            Image overlay, Optional<Image> base, BackingName name, Optional<Duration> limit, Plaintext plaintext) {}

    private final Fields fields;

    private RebaseRequest(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns a request to have {@code overlay} lie over {@code base}, which keeps what it holds. Where what it lies over until now
     * has a key, say {@link Image#over} of the overlay.
     */
    public static RebaseRequest onto(Image overlay, Image base) {
        return new RebaseRequest(
                new Fields(overlay, Optional.of(base), BackingName.ABSOLUTE, Optional.empty(), Plaintext.REFUSED));
    }

    /** Returns a request to have {@code image} hold its whole disk itself. */
    public static RebaseRequest flatten(Image image) {
        return new RebaseRequest(
                new Fields(image, Optional.empty(), BackingName.ABSOLUTE, Optional.empty(), Plaintext.REFUSED));
    }

    /** Returns this request with another way to name the base in the header. */
    public RebaseRequest named(BackingName name) {
        return new RebaseRequest(new Fields(fields.overlay, fields.base, name, fields.limit, fields.plaintext));
    }

    /**
     * Returns this request with a limit of time, after which the work is ended.
     *
     * @throws io.hvkit.core.DriverException with {@code INVALID_REQUEST} if the limit is not positive
     */
    public RebaseRequest within(Duration limit) {
        Command.requirePositive(limit);
        return new RebaseRequest(
                new Fields(fields.overlay, fields.base, fields.name, Optional.of(limit), fields.plaintext));
    }

    /** Returns this request with leave to write into the overlay in clear what is encrypted below it. */
    public RebaseRequest intoPlaintext() {
        return new RebaseRequest(new Fields(fields.overlay, fields.base, fields.name, fields.limit, Plaintext.ALLOWED));
    }

    /** Returns what gets another base. */
    public Image overlay() {
        return fields.overlay;
    }

    /** Returns what it lies over afterwards; nothing if it holds its whole disk itself. */
    public Optional<Image> base() {
        return fields.base;
    }

    /** Returns how the header names the base. */
    public BackingName name() {
        return fields.name;
    }

    /** Returns how long it may take; nothing if there is no limit. */
    public Optional<Duration> limit() {
        return fields.limit;
    }

    /** Returns whether what is encrypted may be written in clear. */
    public boolean allowsPlaintext() {
        return fields.plaintext == Plaintext.ALLOWED;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RebaseRequest request && request.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return fields.overlay + fields.base.map(base -> " onto " + base).orElse(" onto nothing");
    }
}
