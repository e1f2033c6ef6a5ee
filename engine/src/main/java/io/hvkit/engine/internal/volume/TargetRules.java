package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.storage.spi.EncryptionSupport.HeaderWriter;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeEncryption;

/**
 * How the bytes of the other copy are to lie, and who encrypts them: never less protected than they were.
 *
 * @param wanted what is asked for
 * @param volume the volume
 * @param target the pool of the other copy
 * @param pool the same, open
 */
record TargetRules(WantedCopy wanted, VolumeRecord volume, PoolRecord target, StoragePool pool) {

    /**
     * Returns what is to be made.
     *
     * @param size what it must hold
     * @throws DriverException with {@code UNSUPPORTED} if the pool has no such volumes
     */
    MovePlan.Target target(ByteSize size) {
        VolumeEncryption encryption = encryption();
        boolean needsHeader =
                encryption == VolumeEncryption.WITH_KEY && pool.encryption().needsHeader();
        return new MovePlan.Target(
                wanted.numberFrom(volume.place()),
                size,
                format(encryption),
                encryption,
                needsHeader ? HeaderWriter.END_POINT : HeaderWriter.POOL);
    }

    private VolumeEncryption encryption() {
        boolean isProtected = volume.key().isPresent()
                || volume.place().encryption().isPresent()
                || wanted.protection() == MoveRequest.Protection.ENCRYPTED;
        if (!isProtected) {
            return VolumeEncryption.NONE;
        }
        return pool.encryption()
                .match(
                        none -> {
                            throw DriverException.because(Failure.UNSUPPORTED)
                                    .message(
                                            "pool %s encrypts nothing, and volume %s %s; %s",
                                            target.name(),
                                            volume.name(),
                                            wanted.isInPlace() ? "is in it" : "is never less protected than it was",
                                            wanted.otherPool());
                        },
                        luks -> VolumeEncryption.WITH_KEY,
                        storage -> {
                            if (volume.key().isPresent() || wanted.isInPlace()) {
                                throw strangersKeys();
                            }
                            return VolumeEncryption.BY_STORAGE;
                        });
    }

    private DriverException strangersKeys() {
        return wanted.isInPlace()
                ? DriverException.because(Failure.UNSUPPORTED)
                        .message(
                                "pool %s encrypts with keys of its own, which it alone changes; move volume %s to a pool whose"
                                        + " volumes have keys",
                                target.name(), volume.name())
                : DriverException.because(Failure.UNSUPPORTED)
                        .message(
                                "volume %s has a key of its own, and pool %s encrypts with keys that nobody else has; name a"
                                        + " pool whose volumes have keys",
                                volume.name(), target.name());
    }

    private ImageFormat format(VolumeEncryption encryption) {
        ImageFormat asked = wanted.format().orElse(volume.place().format());
        boolean isWithKey = encryption == VolumeEncryption.WITH_KEY;
        ImageFormat format = isWithKey && asked == ImageFormat.RAW ? ImageFormat.LUKS : asked;
        boolean isOffered = isWithKey
                ? pool.encryption().formatsWithKey().contains(format)
                : format != ImageFormat.LUKS && pool.formats().contains(format);
        if (!isOffered) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "pool %s has no %s volumes%s; %s, it has %s",
                            target.name(),
                            format,
                            isWithKey ? " with a key" : "",
                            wanted.otherFormat(),
                            isWithKey ? pool.encryption().formatsWithKey() : pool.formats());
        }
        return format;
    }
}
