package io.hvkit.storage.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;

/** Making volumes larger. No volume is ever made smaller. */
public interface Growth {

    /**
     * Grows a volume to at least {@code size}, as its machine sees it, and returns it; a volume that is that large already stays
     * as it is. What is on it stays, and what is new reads as zeroes, in an encrypted volume as anything. A machine that runs with
     * it learns of its size by its hypervisor.
     *
     * <table>
     * <caption>Failures; the volume is as it was</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such volume</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the size is zero or no whole number of 512 bytes</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>its key is needed, and was not given</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>linked clones read it, and it cannot change under them</td><td>{@code IN_USE}</td></tr>
     * <tr><td>it is attached, and {@link PoolFeature#GROWTH_WHILE_ATTACHED} is not offered</td><td>{@code IN_USE}</td></tr>
     * <tr><td>the pool is full</td><td>{@code EXHAUSTED}</td></tr>
     * </table>
     */
    Volume growTo(VolumeId id, ByteSize size) throws InterruptedException;

    /**
     * Does the same with a volume that is encrypted with a key, where the file that it is in can be made larger by its key alone.
     * The key is lent for the length of the call. A pool that needs no key does not look at it, as it does unless a driver says
     * otherwise; one that does fails with {@code BAD_CREDENTIALS} if it is another volume's.
     */
    default Volume growTo(VolumeId id, ByteSize size, Secret key) throws InterruptedException {
        return growTo(id, size);
    }
}
