package io.hvkit.storage.spi;

import io.hvkit.core.Attachment;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import java.util.List;
import java.util.Optional;

/**
 * An open connection to one pool.
 *
 * <p>Every method may be repeated with equal arguments, after a crash or a time-out, and then finishes or confirms what
 * the first call began. Answers come from the storage, never from memory of what was done here. A method that cannot do its
 * work throws {@link io.hvkit.core.DriverException}; none returns {@code null} or {@code false} for it. Many threads may share
 * a pool, but the caller makes one call at a time about each volume.
 */
public interface StoragePool extends AutoCloseable {

    /** Returns the id it was opened under. */
    PoolId id();

    /** Returns its type. */
    StoragePoolType type();

    /** Returns what this pool can do; the answer does not change while it is open. */
    Features<PoolFeature> features();

    /**
     * Makes a volume, or returns the one an equal request made before.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the name is one the pool cannot keep</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the name is taken by a volume of another size, format or key</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>it is to be encrypted, and {@link PoolFeature#ENCRYPTED_VOLUMES} is not offered; or the format is none of the
     * pool's</td><td>{@code UNSUPPORTED}, before anything is touched</td></tr>
     * <tr><td>the pool is full</td><td>{@code EXHAUSTED}; nothing is left behind</td></tr>
     * <tr><td>it is to be encrypted and its header does not prove that it is</td><td>{@code CORRUPT_DATA}; nothing is left
     * behind</td></tr>
     * </table>
     */
    Volume create(CreateVolume request) throws InterruptedException;

    /** Returns the volume, if it exists. */
    Optional<Volume> find(VolumeId id) throws InterruptedException;

    /** Returns every volume for which {@link #find} has an answer, in no particular order. */
    List<Volume> list() throws InterruptedException;

    /**
     * Removes a volume; does nothing if there is none.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>it is attached somewhere, or something has it open</td><td>{@code IN_USE}</td></tr>
     * </table>
     */
    void delete(VolumeId id) throws InterruptedException;

    /** Makes a volume usable on a host; attaching it there again returns the same place. {@code NOT_FOUND} if there is none. */
    Attachment attach(VolumeId id, HostId host) throws InterruptedException;

    /** Takes a volume off a host; does nothing if it is not there, or if there is no such volume. */
    void detach(VolumeId id, HostId host) throws InterruptedException;

    /** Drops the connection; volumes stay as they are. Closing twice does nothing. */
    @Override
    void close();
}
