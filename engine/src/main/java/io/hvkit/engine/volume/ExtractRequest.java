package io.hvkit.engine.volume;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Incubating;
import io.hvkit.core.Secret;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request for a file with what a volume holds, for somebody else to have. What is encrypted is encrypted in the file too, under a key that is
 * given; or somebody {@linkplain PlaintextAuthorisation decides} that it may lie in clear. The volume's own key is never handed out.
 */
@Incubating(since = "0.1")
public final class ExtractRequest {

    private static final Set<ImageFormat> FORMATS = Set.of(ImageFormat.RAW, ImageFormat.QCOW2, ImageFormat.LUKS);

    private record Fields(
            RecordId<VolumeRecord> volume,
            RecordId<HostRecord> host,
            Path file,
            ImageFormat format,
            Optional<PlaintextAuthorisation> authorisation) {}

    private final Fields fields;
    private final @Nullable Secret key;

    private ExtractRequest(Fields fields, @Nullable Secret key) {
        this.fields = fields;
        this.key = key;
    }

    /**
     * Returns a request for a file in {@code QCOW2} format, which is plain if the volume is.
     *
     * @param host the host that is to have the file; it must reach the volume's pool
     * @param file where: nothing must be there, and its folder must
     * @throws IllegalArgumentException if the path is not absolute, has a {@code .} or {@code ..} in it, or a control character
     */
    public static ExtractRequest of(RecordId<VolumeRecord> volume, RecordId<HostRecord> host, Path file) {
        boolean isPlace = file.isAbsolute()
                && file.getFileName() != null
                && file.equals(file.normalize())
                && file.toString().chars().noneMatch(Character::isISOControl);
        if (!isPlace) {
            throw new IllegalArgumentException(
                    "a volume is extracted to an absolute path without . and .. and control characters, not to '" + file
                            + "'");
        }
        return new ExtractRequest(new Fields(volume, host, file, ImageFormat.QCOW2, Optional.empty()), null);
    }

    /**
     * Returns this request for another format: {@code RAW} for what is to lie in clear, {@code LUKS} for what has a key, {@code QCOW2} for either.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    public ExtractRequest as(ImageFormat format) {
        if (!FORMATS.contains(format)) {
            throw new IllegalArgumentException("a volume is extracted as RAW, LUKS or QCOW2, not as " + format);
        }
        return new ExtractRequest(
                new Fields(fields.volume, fields.host, fields.file, format, fields.authorisation), key);
    }

    /**
     * Returns this request for a file that this key alone opens, be the volume plain or encrypted.
     *
     * @param secret lent until the extraction has begun; the caller keeps it, since nobody else can give it back
     * @throws IllegalArgumentException if it was said before that it may lie in clear
     */
    public ExtractRequest encryptedBy(Secret secret) {
        if (fields.authorisation.isPresent()) {
            throw new IllegalArgumentException("a file is encrypted or lies in clear; say one of both");
        }
        return new ExtractRequest(fields, secret);
    }

    /**
     * Returns this request with leave to lay open what is encrypted.
     *
     * @throws IllegalArgumentException if it has a key
     */
    public ExtractRequest inClear(PlaintextAuthorisation authorisation) {
        if (key != null) {
            throw new IllegalArgumentException("a file is encrypted or lies in clear; say one of both");
        }
        return new ExtractRequest(
                new Fields(fields.volume, fields.host, fields.file, fields.format, Optional.of(authorisation)), null);
    }

    /** Returns the volume. */
    public RecordId<VolumeRecord> volume() {
        return fields.volume;
    }

    /** Returns the host that is to have the file. */
    public RecordId<HostRecord> host() {
        return fields.host;
    }

    /** Returns where the file is to be. */
    public Path file() {
        return fields.file;
    }

    /** Returns how its bytes are to lie. */
    public ImageFormat format() {
        return fields.format;
    }

    /** Returns what is to open it, if it is to be encrypted. */
    public Optional<Secret> key() {
        return Optional.ofNullable(key);
    }

    /** Returns who decided that it may lie in clear, if anybody did. */
    public Optional<PlaintextAuthorisation> authorisation() {
        return fields.authorisation;
    }

    @Override
    public String toString() {
        return "ExtractRequest" + fields;
    }
}
