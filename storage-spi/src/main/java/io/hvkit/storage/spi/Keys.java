package io.hvkit.storage.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.ByteBuffer;

/** Looks at keys before they are lent to a plug-in. */
final class Keys {

    private Keys() {}

    static void requireNotWiped(CreateVolume request) {
        request.key().ifPresent(key -> requireNotWiped(key, "of volume " + request.name()));
    }

    /** Who wiped it is to blame, and not the driver that finds out. */
    static void requireNotWiped(Secret key, String whose) {
        try {
            key.use(ByteBuffer::remaining);
        } catch (IllegalStateException e) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .causedBy(e)
                    .message("the key %s is wiped; keep it open until the call returns", whose);
        }
    }
}
