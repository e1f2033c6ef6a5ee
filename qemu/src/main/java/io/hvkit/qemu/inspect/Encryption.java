package io.hvkit.qemu.inspect;

/** How the guest's data is protected in an image. */
public enum Encryption {
    /** Not at all. */
    NONE,
    /** With LUKS. */
    LUKS,
    /** With the AES of old qcow and qcow2 images, which is broken by design: no key can be changed, and patterns show. */
    LEGACY_AES
}
