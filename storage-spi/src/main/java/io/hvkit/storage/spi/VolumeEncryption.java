package io.hvkit.storage.spi;

/** Whether a volume is to be encrypted, and by whom. */
public enum VolumeEncryption {
    /** It need not be. */
    NONE,
    /** The hypervisor encrypts it, with a key that the caller lends. */
    WITH_KEY,
    /** The storage encrypts it, with a key of its own. */
    BY_STORAGE
}
