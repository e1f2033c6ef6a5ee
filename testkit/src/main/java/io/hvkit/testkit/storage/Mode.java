package io.hvkit.testkit.storage;

import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;

/** Each case is run with plain volumes, and again with encrypted ones. */
enum Mode {
    PLAIN,
    ENCRYPTED;

    /** Returns this request as this mode has it, in the way in which the pool encrypts. */
    CreateVolume of(CreateVolume request, StoragePool pool, Secret key) {
        if (this == PLAIN) {
            return request.as(plainFormat(pool));
        }
        return pool.encryption()
                .match(
                        none -> request.encryptedByStorage(),
                        luks -> request.as(luks.versions().keySet().iterator().next())
                                .encryptedBy(key),
                        storage -> request.as(plainFormat(pool)).encryptedByStorage());
    }

    static ImageFormat plainFormat(StoragePool pool) {
        return pool.formats().contains(ImageFormat.RAW)
                ? ImageFormat.RAW
                : pool.formats().iterator().next();
    }
}
