package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.cluster.PoolStanding;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.template.CaptureRequest.Plaintext;
import io.hvkit.storage.spi.EncryptionSupport.HeaderWriter;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeEncryption;
import java.util.Optional;

/**
 * What a template is to be like. Looks, and changes nothing.
 *
 * @param ground what this stands on
 */
public record CapturePlanning(Ground ground) {

    /**
     * What a template is made of.
     *
     * @param what what it is, for people
     * @param size what a machine sees of it
     * @param secrecy whether any of it is encrypted
     */
    public record Source(String what, ByteSize size, Secrecy secrecy) {}

    /** Whether something is encrypted. */
    public enum Secrecy {
        PLAIN,
        ENCRYPTED
    }

    /** Plans a template of a volume. */
    Facts facts(CapturedVolume request) throws InterruptedException {
        VolumeRecord volume = ground.volume(request.volume());
        ground.requireAtRest(volume, "stop it, and make the template then");
        boolean isProtected =
                volume.key().isPresent() || volume.place().encryption().isPresent();
        Source source =
                new Source("volume " + volume.name(), volume.size(), isProtected ? Secrecy.ENCRYPTED : Secrecy.PLAIN);
        return facts(request.wanted(), source)
                .with("from", volume.place().pool())
                .with("from-name", Ground.nameAt(volume.place(), volume.id()))
                .with("from-format", volume.place().format())
                .with("from-key", volume.key());
    }

    /**
     * Plans a template.
     *
     * @throws DriverException with {@code UNSUPPORTED} if its source is encrypted, its pool encrypts nothing, and nobody said that it may lie in
     *     clear; as {@link PoolStanding#requireOpen}
     */
    public Facts facts(WantedTemplate wanted, Source source) throws InterruptedException {
        PoolRecord record = ground.catalog()
                .inTransaction(transaction -> PoolStanding.requireOpen(
                        transaction, transaction.pools().require(wanted.pool()), "volumes"));
        StoragePool pool = ground.pool(wanted.pool());
        VolumeEncryption encryption = encryption(wanted, source, record, pool);
        ImageFormat made = pool.formats().contains(ImageFormat.RAW) ? ImageFormat.RAW : ImageFormat.QCOW2;
        boolean isLuks = encryption == VolumeEncryption.WITH_KEY && made == ImageFormat.RAW;
        return Facts.of("encryption", encryption)
                .with("made-as", made)
                .with("format", isLuks ? ImageFormat.LUKS : made)
                .with("size", source.size().bytes())
                .with("type", pool.type().id())
                .with(
                        "header",
                        Optional.of(HeaderWriter.END_POINT)
                                .filter(writer -> encryption == VolumeEncryption.WITH_KEY
                                        && pool.encryption().needsHeader()))
                .with("at", ground.clock().instant());
    }

    /** A template is never less protected than what it is made of, unless somebody takes that decision. */
    private static VolumeEncryption encryption(
            WantedTemplate wanted, Source source, PoolRecord record, StoragePool pool) {
        if (source.secrecy() == Secrecy.PLAIN || wanted.plaintext() == Plaintext.AUTHORISED) {
            return VolumeEncryption.NONE;
        }
        return pool.encryption()
                .match(
                        none -> {
                            throw DriverException.because(Failure.UNSUPPORTED)
                                    .effect(Effect.NOT_APPLIED)
                                    .message(
                                            "pool %s encrypts nothing, and %s is encrypted; name another pool, or say"
                                                    + " intoPlaintext() if its content may lie in clear",
                                            record.name(), source.what());
                        },
                        luks -> VolumeEncryption.WITH_KEY,
                        storage -> VolumeEncryption.BY_STORAGE);
    }
}
