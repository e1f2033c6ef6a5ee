package io.hvkit.qemu;

/** How the data of a LUKS volume is encrypted. Both are opened by QEMU and by the kernel. */
public enum LuksCipher {
    /** AES with 256 bits in XTS mode, whose two keys take 512 bits. */
    AES_256_XTS("aes-xts-plain64", 512),
    /** AES with 128 bits in XTS mode: a little faster. */
    AES_128_XTS("aes-xts-plain64", 256);

    private final String cryptSetupName;
    private final int keyBits;

    LuksCipher(String cryptSetupName, int keyBits) {
        this.cryptSetupName = cryptSetupName;
        this.keyBits = keyBits;
    }

    /** Returns the words that cryptsetup uses. */
    public String cryptSetupName() {
        return cryptSetupName;
    }

    /** Returns the length of the volume's own key in bits, both halves of it. */
    public int keyBits() {
        return keyBits;
    }
}
