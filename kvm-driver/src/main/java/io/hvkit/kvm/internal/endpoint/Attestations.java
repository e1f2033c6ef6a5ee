package io.hvkit.kvm.internal.endpoint;

import io.hvkit.qemu.LuksHeader;
import io.hvkit.storage.spi.EncryptionSupport.LuksVersion;
import io.hvkit.storage.spi.LuksAttestation;

/** Headers in the words of the SPI. */
final class Attestations {

    private Attestations() {}

    static LuksAttestation of(LuksHeader header) {
        LuksVersion version = switch (header.type()) {
            case LUKS1 -> LuksVersion.LUKS1;
            case LUKS2 -> LuksVersion.LUKS2;
        };
        return new LuksAttestation(
                header.container(),
                version,
                header.uuid(),
                header.cipher() + "-" + header.mode(),
                header.keyBits(),
                header.activeKeySlots());
    }
}
