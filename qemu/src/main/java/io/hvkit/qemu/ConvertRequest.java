package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.time.Duration;
import java.util.Optional;

/**
 * A copy of a disk from one image into another, which may have another format, another key, or none. Without more words it makes
 * a target that is not there yet, has no limit, and refuses to write decrypted what is encrypted. Immutable; every change is a
 * new request.
 */
public final class ConvertRequest {

    private enum Plaintext {
        REFUSED,
        ALLOWED
    }

    private record Fields(
            Image source, Image target, TargetState targetState, Optional<Duration> limit, Plaintext plaintext) {}

    private final Fields fields;

    private ConvertRequest(Fields fields) {
        this.fields = fields;
    }

    /** Returns a request to make {@code target} anew out of {@code source}. */
    public static ConvertRequest of(Image source, Image target) {
        return new ConvertRequest(new Fields(source, target, TargetState.ABSENT, Optional.empty(), Plaintext.REFUSED));
    }

    /**
     * Returns this request for a target in another state.
     *
     * @throws DriverException with {@code INVALID_REQUEST} for a LUKS target that is said to be zeroed: what lies encrypted as
     *     zeroes reads as noise, so sparing them would corrupt the disk without a word
     */
    public ConvertRequest onto(TargetState state) {
        if (state == TargetState.EXISTS_ZEROED && fields.target.format() == ImageFormat.LUKS) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a LUKS image never reads as zeroes where nothing was written, so %s would be corrupt; say"
                                    + " TargetState.EXISTS",
                            fields.target.place());
        }
        return new ConvertRequest(new Fields(fields.source, fields.target, state, fields.limit, fields.plaintext));
    }

    /**
     * Returns this request with a limit for the copying itself, after which it is ended and a new target is removed.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the limit is not positive
     */
    public ConvertRequest within(Duration limit) {
        Command.requirePositive(limit);
        return new ConvertRequest(
                new Fields(fields.source, fields.target, fields.targetState, Optional.of(limit), fields.plaintext));
    }

    /** Returns this request with leave to write what is encrypted at the source in clear at the target. */
    public ConvertRequest intoPlaintext() {
        return new ConvertRequest(
                new Fields(fields.source, fields.target, fields.targetState, fields.limit, Plaintext.ALLOWED));
    }

    /** Returns what is read. */
    public Image source() {
        return fields.source;
    }

    /** Returns what is written. */
    public Image target() {
        return fields.target;
    }

    /** Returns what is at the target before. */
    public TargetState targetState() {
        return fields.targetState;
    }

    /** Returns how long the copying may take; nothing if there is no limit. */
    public Optional<Duration> limit() {
        return fields.limit;
    }

    /** Returns whether an encrypted source may be written in clear. */
    public boolean allowsPlaintext() {
        return fields.plaintext == Plaintext.ALLOWED;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ConvertRequest request && request.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return fields.source + " to " + fields.target;
    }
}
