package io.hvkit.hypervisor.spi;

/** What becomes of room that the guest says it no longer needs. */
public enum Discard {
    /** It is given back to the storage. For an encrypted disk that shows which parts hold nothing. */
    UNMAP,
    /** It stays taken. */
    IGNORE
}
