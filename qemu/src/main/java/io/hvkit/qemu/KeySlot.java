package io.hvkit.qemu;

/**
 * One key slot in use of a LUKS header: the volume's own key, encrypted with what a passphrase derives to.
 *
 * @param number its number, from zero
 * @param derivation how the passphrase is derived
 * @param hash the hash that spreads the key over the slot, such as {@code sha256}
 * @param stripes how often the key is spread, so that overwriting a part of the slot destroys it
 */
public record KeySlot(int number, KeyDerivation derivation, String hash, long stripes) {}
