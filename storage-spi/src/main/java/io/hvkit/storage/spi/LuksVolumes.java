package io.hvkit.storage.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.Secret;
import java.util.Optional;

/**
 * LUKS headers and their keys. A volume has one key of its own, which never changes, and slots that hold it under up to eight keys
 * of its users: adding one, keeping it, and then removing the old one changes the key of a volume without writing it again.
 *
 * <p>An image here is in format {@code LUKS}, or {@code QCOW2} with LUKS inside; any other is {@code INVALID_REQUEST}. What it lies
 * over counts for nothing. Under a running machine, keys of a {@code LUKS} image may be changed, and those of a {@code QCOW2} image
 * are {@code IN_USE}. Other failures are as {@link Images} tells.
 */
@Incubating(since = "0.1")
public interface LuksVolumes {

    /**
     * Gives a volume that is there, made by a pool that {@linkplain EncryptionSupport.HeaderWriter#END_POINT leaves this to an end point}, in format {@code LUKS}, a LUKS1 header that its key opens, in front of all other bytes, and returns what the
     * header says when it is read back; if it has one that the key opens, returns that. A random key gets a cheap key derivation, any
     * other a slow one. Data behind the header is not touched, and reads as noise.
     *
     * <table>
     * <caption>Failures; nothing is changed</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>it has a LUKS header that the key does not open</td><td>{@code EXISTS_DIFFERENTLY}: it is never formatted
     *     again</td></tr>
     * <tr><td>its first MiB holds anything but zeroes</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>it has no room for a header and a sector</td><td>{@code INVALID_REQUEST}</td></tr>
     * </table>
     */
    LuksAttestation format(DiskImage volume) throws InterruptedException;

    /**
     * Reads the header; no key is needed, and none is tried. Nothing if there is none.
     *
     * <p>Failures: {@code CORRUPT_DATA} if what is there claims to be LUKS and contradicts itself, or encrypts nothing.
     */
    Optional<LuksAttestation> attest(DiskImage volume) throws InterruptedException;

    /** Returns whether the key that comes with a volume opens it; changes nothing. {@code CORRUPT_DATA} if it has no header. */
    boolean opens(DiskImage volume) throws InterruptedException;

    /**
     * Gives a volume one more key, proven by opening it; does nothing if that key opens it already. The key that comes with the volume
     * must open it before, and does afterwards.
     *
     * <p>Failures: {@code EXHAUSTED} if no slot is free; nothing is changed.
     */
    LuksAttestation addKey(DiskImage volume, Secret added) throws InterruptedException;

    /**
     * Erases every slot that a key opens; does nothing if it opens none. The key that comes with the volume must open it before, and does
     * afterwards: so the last key cannot be removed.
     *
     * <p>Failures: {@code INVALID_REQUEST} if it is the key that comes with the volume; nothing is changed.
     */
    LuksAttestation removeKey(DiskImage volume, Secret removed) throws InterruptedException;
}
