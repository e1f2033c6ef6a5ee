package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.time.Duration;
import java.util.Optional;

/**
 * A wish to write down what an overlay holds into an image below it. Without more words that is the one directly below, the overlay
 * is empty afterwards, there is no limit, and what is encrypted is not written in clear. Immutable; every change is a new request.
 */
public final class CommitRequest {

    private enum Plaintext {
        REFUSED,
        ALLOWED
    }

    private enum Overlay {
        EMPTIED,
        KEPT
    }

    private record Fields(
            Image overlay,
            Optional<Image> base,
            Overlay after,
            Optional<ByteSize> bytesPerSecond,
            Optional<Duration> limit,
            Plaintext plaintext) {}

    private final Fields fields;

    private CommitRequest(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns a request to commit {@code overlay} into what lies directly below it. Where a layer below has a key, say {@link
     * Image#over} of the overlay.
     */
    public static CommitRequest of(Image overlay) {
        return new CommitRequest(new Fields(
                overlay, Optional.empty(), Overlay.EMPTIED, Optional.empty(), Optional.empty(), Plaintext.REFUSED));
    }

    /**
     * Returns this request for an image further down. All that lies between takes part, and is of no use afterwards, since what it
     * lies over is another disk then: change the overlay's backing file, or remove it, too. The overlay keeps what it holds.
     */
    public CommitRequest into(Image base) {
        return new CommitRequest(new Fields(
                fields.overlay,
                Optional.of(base),
                Overlay.KEPT,
                fields.bytesPerSecond,
                fields.limit,
                fields.plaintext));
    }

    /** Returns this request with an overlay that holds afterwards what it held before: faster, where it is removed anyway. */
    public CommitRequest keepingOverlay() {
        return new CommitRequest(new Fields(
                fields.overlay, fields.base, Overlay.KEPT, fields.bytesPerSecond, fields.limit, fields.plaintext));
    }

    /**
     * Returns this request with a limit of how much is copied in a second.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is zero
     */
    public CommitRequest atMost(ByteSize bytesPerSecond) {
        if (bytesPerSecond.equals(ByteSize.ZERO)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("at no bytes a second nothing is ever done; leave the rate out to have none");
        }
        return new CommitRequest(new Fields(
                fields.overlay,
                fields.base,
                fields.after,
                Optional.of(bytesPerSecond),
                fields.limit,
                fields.plaintext));
    }

    /**
     * Returns this request with a limit of time, after which the work is ended.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the limit is not positive
     */
    public CommitRequest within(Duration limit) {
        Command.requirePositive(limit);
        return new CommitRequest(new Fields(
                fields.overlay,
                fields.base,
                fields.after,
                fields.bytesPerSecond,
                Optional.of(limit),
                fields.plaintext));
    }

    /** Returns this request with leave to write what is encrypted above in clear below. */
    public CommitRequest intoPlaintext() {
        return new CommitRequest(new Fields(
                fields.overlay, fields.base, fields.after, fields.bytesPerSecond, fields.limit, Plaintext.ALLOWED));
    }

    /** Returns what is committed. */
    public Image overlay() {
        return fields.overlay;
    }

    /** Returns what it is committed into; nothing for what lies directly below. */
    public Optional<Image> base() {
        return fields.base;
    }

    /** Returns whether the overlay still holds what it held. */
    public boolean keepsOverlay() {
        return fields.after == Overlay.KEPT;
    }

    /** Returns how much is copied in a second at most; nothing if there is no limit. */
    public Optional<ByteSize> bytesPerSecond() {
        return fields.bytesPerSecond;
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
        return other instanceof CommitRequest request && request.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return fields.overlay + fields.base.map(base -> " into " + base).orElse("");
    }
}
