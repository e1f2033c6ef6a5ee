package io.hvkit.engine.template;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Incubating;
import io.hvkit.engine.internal.Names;
import io.hvkit.engine.usage.Account;
import java.util.Optional;

/**
 * A request for a template that is made of a volume. Immutable.
 *
 * @param volume the volume, with which no machine runs
 * @param name unique among templates
 * @param pool the pool that the template is to be in
 * @param plaintext whether what is encrypted on the volume may lie in clear in the template
 * @param owner for whom it counts, if it does for somebody; whoever has the volume is not asked
 */
@Incubating(since = "0.1")
public record CaptureRequest(
        RecordId<VolumeRecord> volume,
        String name,
        RecordId<PoolRecord> pool,
        Plaintext plaintext,
        Optional<Account> owner) {

    /** Whether what is encrypted may be written in clear. */
    public enum Plaintext {
        /** It may not: a template of an encrypted volume is encrypted, under a key of its own. */
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
        return new CaptureRequest(volume, name, pool, Plaintext.REFUSED, Optional.empty());
    }

    /** Returns this request for a plain template, even of an encrypted volume. */
    public CaptureRequest intoPlaintext() {
        return new CaptureRequest(volume, name, pool, Plaintext.AUTHORISED, owner);
    }

    /** Returns this request for a template that counts for an account. */
    public CaptureRequest ownedBy(Account account) {
        return new CaptureRequest(volume, name, pool, plaintext, Optional.of(account));
    }
}
