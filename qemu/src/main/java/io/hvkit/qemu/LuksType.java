package io.hvkit.qemu;

import io.hvkit.core.ByteSize;

/** The two layouts of LUKS. QEMU opens the first alone. */
public enum LuksType {
    /** A header of about two mebibytes; opened by QEMU and by the kernel. */
    LUKS1("luks1", 2, 8),
    /** A header of sixteen mebibytes with a spare copy of itself; opened by the kernel. */
    LUKS2("luks2", 16, 32);

    private final String cryptSetupName;
    private final int headerMebibytes;
    private final int keySlots;

    LuksType(String cryptSetupName, int headerMebibytes, int keySlots) {
        this.cryptSetupName = cryptSetupName;
        this.headerMebibytes = headerMebibytes;
        this.keySlots = keySlots;
    }

    /** Returns the word that cryptsetup uses. */
    public String cryptSetupName() {
        return cryptSetupName;
    }

    /** Returns how many keys a header has room for. */
    public int keySlots() {
        return keySlots;
    }

    /**
     * Returns how much of a device {@link CryptSetup#format} takes for itself; the rest holds data. QEMU's own LUKS1 headers are
     * smaller, 2,068,480 bytes: read {@link LuksHeader#payloadOffset} where it matters.
     */
    public ByteSize headerSize() {
        return ByteSize.mebibytes(headerMebibytes);
    }
}
