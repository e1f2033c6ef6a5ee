package io.hvkit.storage.spi;

/** Who encrypts the volumes of a pool. */
public enum EncryptionSupport {
    /** Nobody; a request for an encrypted volume is refused. */
    NONE,
    /** The hypervisor, with a LUKS header on the volume; the pool holds nothing but ciphertext. */
    HYPERVISOR_LUKS,
    /** The storage itself. */
    STORAGE_NATIVE
}
