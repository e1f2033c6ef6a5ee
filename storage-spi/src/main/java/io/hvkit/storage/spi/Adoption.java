package io.hvkit.storage.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.VolumeId;

/**
 * Taking over volumes whose bytes the storage has moved here by itself, as some storage does to balance its load. Until that is done the
 * pool in which a volume was made finds it, and {@linkplain Volume#liesIn tells} where it is; nothing forces anybody to hurry, as long
 * as that pool is there.
 */
@Incubating(since = "0.1")
@FunctionalInterface
public interface Adoption {

    /**
     * Makes a volume that lies here one of this pool. It keeps its id, its name, its bytes and its uses, may be used all the while, and is
     * none of the other pool any more. One that is this pool's already is returned as it is, so that a call that was cut short is finished
     * by the next equal one.
     *
     * <table>
     * <caption>Failures; the volume stays one of the other pool</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>neither pool has such a volume</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>its bytes do not lie here</td><td>{@code INVALID_REQUEST}, naming where they do</td></tr>
     * <tr><td>the other pool belongs to another system, or to another driver</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>a volume of its name is here, and is another one</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * </table>
     *
     * @param from the open pool that it is one of until then
     */
    Volume adopt(VolumeId volume, StoragePool from) throws InterruptedException;
}
