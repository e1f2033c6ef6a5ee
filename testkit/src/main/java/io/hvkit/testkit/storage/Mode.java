package io.hvkit.testkit.storage;

import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.EncryptionSupport.HeaderWriter;
import io.hvkit.storage.spi.EncryptionSupport.HypervisorLuks;
import io.hvkit.storage.spi.StoragePool;
import java.util.Optional;

/** Each case is run with plain volumes, and again with encrypted ones. */
enum Mode {
    PLAIN,
    ENCRYPTED;

    /** Returns this request as this mode has it, in the way in which the pool encrypts. */
    CreateVolume of(CreateVolume request, StoragePool pool, Optional<ImageFormat> judged, Secret key) {
        ImageFormat plain = judged.orElseGet(() -> firstOf(pool));
        if (this == PLAIN) {
            return request.as(plain);
        }
        return pool.encryption()
                .match(
                        none -> request.encryptedByStorage(),
                        luks -> request.as(judged.orElseGet(() -> firstOf(luks)))
                                .encryptedBy(key),
                        storage -> request.as(plain).encryptedByStorage());
    }

    /** What an end point is to write is a header in front of the bytes, if the pool has that. */
    private static ImageFormat firstOf(HypervisorLuks luks) {
        return luks.headerBy() == HeaderWriter.END_POINT && luks.versions().containsKey(ImageFormat.LUKS)
                ? ImageFormat.LUKS
                : luks.versions().keySet().iterator().next();
    }

    static ImageFormat firstOf(StoragePool pool) {
        return pool.formats().contains(ImageFormat.RAW)
                ? ImageFormat.RAW
                : pool.formats().iterator().next();
    }
}
