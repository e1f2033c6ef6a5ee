package io.hvkit.qemu;

/** The hash that a LUKS header derives and checks keys with. */
public enum LuksHash {
    /** SHA-2 with 256 bits. */
    SHA256("sha256"),
    /** SHA-2 with 512 bits. */
    SHA512("sha512");

    private final String cryptSetupName;

    LuksHash(String cryptSetupName) {
        this.cryptSetupName = cryptSetupName;
    }

    /** Returns the word that cryptsetup uses. */
    public String cryptSetupName() {
        return cryptSetupName;
    }
}
