package io.hvkit.storage.spi;

/** Volumes that are made from others by the storage itself, so that no byte passes through a host. */
public interface Clones {

    /**
     * Makes a volume with the content, size and format of another one, or returns the one that an equal request made before. It
     * is as encrypted as its source, with the same key. The content of a source that is attached is as after a power cut.
     *
     * <p>A linked clone may have another format than its source: one in which a volume lies over another. Whatever becomes of the
     * source, the clone's content stays: either the source goes its own way, or it is not attached or grown any more as long as it
     * has linked clones.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such source</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the source is attached, and {@link PoolFeature#CLONES_WHILE_ATTACHED} is not offered, or the clone is to be linked
     * and would see what is written meanwhile</td><td>{@code IN_USE}</td></tr>
     * <tr><td>the name is one the pool cannot keep</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the name is taken by a volume that is no such clone of that source</td><td>{@code
     * EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>it is to be linked, and {@link PoolFeature#LINKED_CLONES} is not offered, or not for a source that is encrypted
     * with a key</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>the pool is full</td><td>{@code EXHAUSTED}; nothing is left behind</td></tr>
     * </table>
     */
    Volume create(CloneVolume request) throws InterruptedException;
}
