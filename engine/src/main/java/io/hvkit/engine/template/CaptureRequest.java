package io.hvkit.engine.template;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Incubating;
import io.hvkit.engine.internal.Names;
import io.hvkit.engine.usage.Account;
import java.util.Optional;
import java.util.function.Function;

/**
 * A request for a template that is made of a volume, or of a snapshot. Immutable.
 *
 * @param source what it is made of
 * @param name unique among templates
 * @param pool the pool that the template is to be in
 * @param plaintext whether what is encrypted at the source may lie in clear in the template
 * @param owner for whom it counts, if it does for somebody; whoever has the source is not asked
 */
@Incubating(since = "0.1")
public record CaptureRequest(
        Source source, String name, RecordId<PoolRecord> pool, Plaintext plaintext, Optional<Account> owner) {

    /** What a template is made of. */
    public sealed interface Source {

        /** Returns what the function for this kind of source returns. */
        <T> T match(Function<OfVolume, T> volume, Function<OfSnapshot, T> snapshot);
    }

    /**
     * A volume with which no machine runs.
     *
     * @param volume the volume
     */
    public record OfVolume(RecordId<VolumeRecord> volume) implements Source {
        @Override
        public <T> T match(Function<OfVolume, T> ofVolume, Function<OfSnapshot, T> ofSnapshot) {
            return ofVolume.apply(this);
        }
    }

    /**
     * A snapshot, whose volume may run, or be gone.
     *
     * @param snapshot the snapshot
     */
    public record OfSnapshot(RecordId<SnapshotRecord> snapshot) implements Source {
        @Override
        public <T> T match(Function<OfVolume, T> ofVolume, Function<OfSnapshot, T> ofSnapshot) {
            return ofSnapshot.apply(this);
        }
    }

    /** Whether what is encrypted may be written in clear. */
    public enum Plaintext {
        /** It may not: a template of something encrypted is encrypted, under a key of its own. */
        REFUSED,
        /** It may: whoever asks has the right to take that decision. */
        AUTHORISED
    }

    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it has another form
     */
    public CaptureRequest {
        Names.check("template", name);
    }

    /** Returns a request for a template that is protected as the volume is. */
    public static CaptureRequest of(RecordId<VolumeRecord> volume, String name, RecordId<PoolRecord> pool) {
        return new CaptureRequest(new OfVolume(volume), name, pool, Plaintext.REFUSED, Optional.empty());
    }

    /** Returns a request for a template that is protected as the snapshot is. */
    public static CaptureRequest ofSnapshot(RecordId<SnapshotRecord> snapshot, String name, RecordId<PoolRecord> pool) {
        return new CaptureRequest(new OfSnapshot(snapshot), name, pool, Plaintext.REFUSED, Optional.empty());
    }

    /** Returns this request for a plain template, even of something encrypted. */
    public CaptureRequest intoPlaintext() {
        return new CaptureRequest(source, name, pool, Plaintext.AUTHORISED, owner);
    }

    /** Returns this request for a template that counts for an account. */
    public CaptureRequest ownedBy(Account account) {
        return new CaptureRequest(source, name, pool, plaintext, Optional.of(account));
    }
}
