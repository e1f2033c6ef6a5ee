package io.hvkit.storage.spi;

import io.hvkit.core.VolumeId;

/** Limits that the storage enforces, whichever host a volume is attached to. */
public interface Limits {

    /**
     * Gives a volume these limits instead of those it had, and returns what holds then: where storage knows steps only, the next
     * one above. Holds for hosts that it is attached to, and those to come.
     *
     * <table>
     * <caption>Failures; nothing is changed</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such volume</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the storage has no limit that low or high</td><td>{@code INVALID_REQUEST}, naming those it has</td></tr>
     * </table>
     */
    VolumeLimits set(VolumeId volume, VolumeLimits limits) throws InterruptedException;

    /** Returns the limits of a volume; {@code NOT_FOUND} if there is none. */
    VolumeLimits of(VolumeId volume) throws InterruptedException;
}
