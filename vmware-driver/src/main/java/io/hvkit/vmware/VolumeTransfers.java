package io.hvkit.vmware;

import io.hvkit.core.Incubating;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Volume;
import io.hvkit.vmware.internal.datastore.DatastorePool;
import java.nio.file.Path;

/**
 * Brings raw images to a datastore, and fetches them, through its vCenter. {@link VmwareDatastoreDriver#transfers} opens it. What it
 * makes are volumes of the pool as all others. Any number of threads may use it, one at a time for each volume; interrupting one ends its
 * transfer.
 */
@Incubating(since = "0.1")
public final class VolumeTransfers implements AutoCloseable {

    private final DatastorePool pool;

    VolumeTransfers(DatastorePool pool) {
        this.pool = pool;
    }

    /**
     * Makes a volume with the content of a raw image, or returns the one that an equal call made: of that name and content. The volume takes
     * all of its room at once. It is there only when all of the image is; the sum of the image is noted with it.
     *
     * <table>
     * <caption>Failures; nothing is left behind</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the image cannot be read</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>it is empty or no whole number of 512 bytes, or the name cannot be kept</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the name is taken by a volume with other content, or made otherwise</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>the datastore is in maintenance or out of reach</td><td>{@code HOST_NOT_READY}</td></tr>
     * <tr><td>nothing moves for as long as the option {@code timeout} says</td><td>{@code TIMED_OUT}</td></tr>
     * <tr><td>there is no room</td><td>{@code EXHAUSTED}</td></tr>
     * </table>
     *
     * @param image a file that nobody writes to meanwhile
     */
    public Volume upload(String name, Path image, ProgressListener progress) throws InterruptedException {
        return pool.transfer().upload(name, image, progress);
    }

    /**
     * Writes what is on a volume to a new file, which is there only when all of it is.
     *
     * <table>
     * <caption>Failures; nothing is left behind</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such volume</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the volume is attached, or a machine has its disk</td><td>{@code IN_USE}</td></tr>
     * <tr><td>the file is there already</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>more or less comes than the volume has</td><td>{@code CORRUPT_DATA}</td></tr>
     * <tr><td>nothing moves for as long as the option {@code timeout} says</td><td>{@code TIMED_OUT}</td></tr>
     * </table>
     */
    public void download(VolumeId volume, Path target, ProgressListener progress) throws InterruptedException {
        pool.transfer().download(volume, target, progress);
    }

    /** Ends the session. Closing twice does nothing. */
    @Override
    public void close() {
        pool.close();
    }
}
