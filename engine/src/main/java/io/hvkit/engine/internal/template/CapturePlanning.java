package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.cluster.PoolStanding;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.template.CaptureRequest;
import io.hvkit.engine.template.CaptureRequest.Plaintext;
import io.hvkit.storage.spi.EncryptionSupport.HeaderWriter;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeEncryption;
import java.util.Optional;

/** What a template of a volume is to be like. Looks, and changes nothing. */
record CapturePlanning(Ground ground) {

    Facts facts(CaptureRequest request) throws InterruptedException {
        VolumeRecord volume = ground.volume(request.volume());
        ground.requireAtRest(volume, "stop it, and make the template then");
        PoolRecord record = ground.catalog()
                .inTransaction(transaction -> PoolStanding.requireOpen(
                        transaction, transaction.pools().require(request.pool()), "volumes"));
        StoragePool pool = ground.pool(request.pool());
        VolumeEncryption encryption = encryption(request, volume, record, pool);
        ImageFormat made = pool.formats().contains(ImageFormat.RAW) ? ImageFormat.RAW : ImageFormat.QCOW2;
        boolean isLuks = encryption == VolumeEncryption.WITH_KEY && made == ImageFormat.RAW;
        return Facts.of("encryption", encryption)
                .with("made-as", made)
                .with("format", isLuks ? ImageFormat.LUKS : made)
                .with("size", volume.size().bytes())
                .with("type", pool.type().id())
                .with(
                        "header",
                        Optional.of(HeaderWriter.END_POINT)
                                .filter(writer -> encryption == VolumeEncryption.WITH_KEY
                                        && pool.encryption().needsHeader()))
                .with("from", volume.place().pool())
                .with("from-name", Ground.nameAt(volume.place(), volume.id()))
                .with("from-format", volume.place().format())
                .with("from-key", volume.key())
                .with("at", ground.clock().instant());
    }

    /** A template is never less protected than its volume, unless somebody takes that decision. */
    private static VolumeEncryption encryption(
            CaptureRequest request, VolumeRecord volume, PoolRecord record, StoragePool pool) {
        boolean isProtected =
                volume.key().isPresent() || volume.place().encryption().isPresent();
        if (!isProtected || request.plaintext() == Plaintext.AUTHORISED) {
            return VolumeEncryption.NONE;
        }
        return pool.encryption()
                .match(
                        none -> {
                            throw DriverException.because(Failure.UNSUPPORTED)
                                    .effect(Effect.NOT_APPLIED)
                                    .message(
                                            "pool %s encrypts nothing, and volume %s is encrypted; name another pool, or say"
                                                    + " intoPlaintext() if its content may lie in clear",
                                            record.name(), volume.name());
                        },
                        luks -> VolumeEncryption.WITH_KEY,
                        storage -> VolumeEncryption.BY_STORAGE);
    }

    /** What is to be encrypted was proved to be, or it is not there. */
    Facts proved(StoragePool pool, Volume made) throws InterruptedException {
        if (made.attestation().isEmpty() && !pool.encryption().needsHeader()) {
            pool.delete(made.id());
            throw DriverException.because(Failure.DEFECT)
                    .message("pool %s did not prove that %s is encrypted; it is removed", pool.id(), made.id());
        }
        return Ground.evidence(made);
    }
}
