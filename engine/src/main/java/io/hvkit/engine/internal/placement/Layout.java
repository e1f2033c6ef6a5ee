package io.hvkit.engine.internal.placement;

import io.hvkit.core.ImageFormat;
import io.hvkit.engine.placement.PoolRejection;
import io.hvkit.engine.placement.PoolRejection.Reason;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import io.hvkit.storage.spi.VolumeEncryption;
import java.util.Optional;

/**
 * How a pool would lay out the volume that is wanted.
 *
 * @param format the format, which is {@code LUKS} for a raw volume with a key
 * @param encryption who would encrypt it
 */
record Layout(ImageFormat format, VolumeEncryption encryption) {

    static Layout of(VolumeQuery query, PoolAnswer answer) {
        VolumeEncryption encryption = query.protection() == Protection.PLAIN
                ? VolumeEncryption.NONE
                : answer.encryption()
                        .match(
                                none -> VolumeEncryption.NONE,
                                luks -> VolumeEncryption.WITH_KEY,
                                storage -> VolumeEncryption.BY_STORAGE);
        boolean isBehindHeader = encryption == VolumeEncryption.WITH_KEY && query.format() == ImageFormat.RAW;
        return new Layout(isBehindHeader ? ImageFormat.LUKS : query.format(), encryption);
    }

    /** Returns why a pool cannot do so, if it cannot. */
    static Optional<PoolRejection> against(VolumeQuery query, PoolAnswer answer) {
        Layout layout = of(query, answer);
        if (query.protection() == Protection.ENCRYPTED && layout.encryption == VolumeEncryption.NONE) {
            return Optional.of(new PoolRejection(Reason.NO_ENCRYPTION, "encrypts nothing"));
        }
        boolean isWithKey = layout.encryption == VolumeEncryption.WITH_KEY;
        boolean isOffered = isWithKey
                ? answer.encryption().formatsWithKey().contains(layout.format)
                : layout.format != ImageFormat.LUKS && answer.formats().contains(layout.format);
        return isOffered
                ? Optional.empty()
                : Optional.of(new PoolRejection(
                        Reason.NO_SUCH_FORMAT,
                        "has no " + layout.format + " volumes" + (isWithKey ? " with a key" : "") + ", it has "
                                + (isWithKey ? answer.encryption().formatsWithKey() : answer.formats())
                                        .stream().sorted().toList()));
    }
}
