package io.hvkit.storage.spi;

import io.hvkit.core.Attachment;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An open connection to one pool.
 *
 * <p>Every method may be repeated with equal arguments, after a crash or a time-out, and then finishes or confirms what
 * the first call began. Answers come from the storage, never from memory of what was done here. Names are the caller's key; ids
 * are opaque. A method that cannot do its work throws {@link io.hvkit.core.DriverException}; none returns {@code null} or {@code
 * false} for it. Many threads may share a pool, but the caller makes one call at a time about each volume. An id that is none of
 * this pool's, whatever it looks like, is one of no volume.
 */
public interface StoragePool extends AutoCloseable {

    /** Returns the id it was opened under. */
    PoolId id();

    /** Returns its type. */
    StoragePoolType type();

    /**
     * Returns what identifies the storage behind this pool, in one spelling, whatever it is called and whichever way leads to it; nothing
     * unless a driver says so. Two pools of one driver with the same identity are the same storage.
     */
    default Optional<String> identity() throws InterruptedException {
        return Optional.empty();
    }

    /** Returns what this pool can do; the answer does not change while it is open. */
    Features<PoolFeature> features();

    /** Returns the formats that volumes of this pool can have, at least one; the answer does not change while it is open. */
    Set<ImageFormat> formats();

    /** Returns who encrypts its volumes; nobody unless a driver says so. The answer does not change while it is open. */
    default EncryptionSupport encryption() {
        return EncryptionSupport.none();
    }

    /**
     * Returns why its volumes are not encrypted, and the way out, as the end of a sentence for people; nothing unless a driver says
     * so. It is told to who asks for an encrypted volume in vain.
     */
    default Optional<String> encryptionAdvice() {
        return Optional.empty();
    }

    /** Returns how full it is. */
    PoolStatistics statistics() throws InterruptedException;

    /**
     * Returns what {@link #create} would make, and makes nothing: the size that a volume really has, where storage knows steps
     * only. Refuses what {@code create} refuses before it touches anything; whether there is room, or the name is free, is seen by
     * creating. A driver that makes volumes of exactly the size asked for need not override it.
     */
    default VolumePlan plan(CreateVolume request) throws InterruptedException {
        return VolumePlan.exactly(request.size());
    }

    /**
     * Makes a volume, or returns the one an equal request made before. It is at least as large as asked for, of the format asked
     * for, full of zeroes, and if it is to be encrypted its attestation proves that it is,
     * unless an end point {@linkplain EncryptionSupport.HeaderWriter#END_POINT writes the header} afterwards. A pool whose storage encrypts
     * everything may attest a volume that need not be encrypted, too.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the name is one the pool cannot keep</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the name is taken by a volume of another size, format, encryption or key</td><td>{@code
     * EXISTS_DIFFERENTLY}; that one is untouched</td></tr>
     * <tr><td>{@link #encryption} or {@link #formats} do not allow for it</td><td>{@code UNSUPPORTED}, before anything is
     * touched</td></tr>
     * <tr><td>the format is {@code LUKS}, and there is no key</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the pool is full</td><td>{@code EXHAUSTED}; nothing is left behind</td></tr>
     * <tr><td>it is to be encrypted and its header does not prove that it is</td><td>{@code CORRUPT_DATA}; nothing is left
     * behind</td></tr>
     * </table>
     */
    Volume create(CreateVolume request) throws InterruptedException;

    /** Returns the volume, if it exists. */
    Optional<Volume> find(VolumeId id) throws InterruptedException;

    /**
     * Returns the volume of that name, if it exists; this is how one is found after a lost reply. Reads the {@link #list} unless a
     * driver knows better.
     */
    default Optional<Volume> findNamed(String name) throws InterruptedException {
        return list().stream().filter(volume -> volume.name().equals(name)).findAny();
    }

    /** Returns every volume for which {@link #find} has an answer, in no particular order. */
    List<Volume> list() throws InterruptedException;

    /**
     * Removes a volume; does nothing if there is none.
     *
     * <table>
     * <caption>Failures; nothing is changed</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>it is attached somewhere, or something has it open</td><td>{@code IN_USE}, naming the hosts</td></tr>
     * <tr><td>it has snapshots, or linked clones read it</td><td>{@code IN_USE}</td></tr>
     * <tr><td>it is on its way to another pool</td><td>{@code IN_USE}</td></tr>
     * </table>
     */
    void delete(VolumeId id) throws InterruptedException;

    /**
     * Makes a volume usable on a host; attaching it there again returns the same place. The same host and reason with another
     * {@link VolumeUse.Sharing} changes the sharing. The storage remembers uses, whoever asks and whatever crashes.
     *
     * <table>
     * <caption>Failures; nothing is changed</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such volume</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>another host uses it, and this use or that one is exclusive</td><td>{@code IN_USE}, naming the host</td></tr>
     * <tr><td>linked clones read the very bytes that would be written</td><td>{@code IN_USE}, naming them</td></tr>
     * <tr><td>the storage does not know the host, or cannot reach it</td><td>{@code HOST_NOT_READY}</td></tr>
     * </table>
     */
    Attachment attach(VolumeId id, VolumeUse use) throws InterruptedException;

    /** Makes a volume usable by a machine on a host and on no other: {@link #attach(VolumeId, VolumeUse)} in short. */
    default Attachment attach(VolumeId id, HostId host) throws InterruptedException {
        return attach(id, VolumeUse.by(host));
    }

    /**
     * Ends one use of a volume; does nothing if there is no such use, or no such volume. The host keeps it as long as it uses it
     * for another reason.
     */
    void detach(VolumeId id, HostId host, VolumeUse.Reason reason) throws InterruptedException;

    /** Ends the use of a volume by a machine on a host: {@link #detach(VolumeId, HostId, VolumeUse.Reason)} in short. */
    default void detach(VolumeId id, HostId host) throws InterruptedException {
        detach(id, host, VolumeUse.Reason.MACHINE);
    }

    /** Returns every use of a volume, whoever asked for it; none if there is no such volume. */
    Set<VolumeUse> uses(VolumeId id) throws InterruptedException;

    /** Returns snapshots; present exactly when {@link PoolFeature#SNAPSHOTS} is offered. */
    default Optional<Snapshots> snapshots() {
        return Optional.empty();
    }

    /** Returns snapshots of several volumes at once; present exactly when {@link PoolFeature#SNAPSHOT_GROUPS} is offered. */
    default Optional<SnapshotGroups> snapshotGroups() {
        return Optional.empty();
    }

    /** Returns resizing; present exactly when {@link PoolFeature#GROWTH} is offered. */
    default Optional<Growth> growth() {
        return Optional.empty();
    }

    /** Returns cloning; present exactly when {@link PoolFeature#CLONES} is offered. */
    default Optional<Clones> clones() {
        return Optional.empty();
    }

    /** Returns volumes made from templates; present exactly when {@link PoolFeature#TEMPLATES} is offered. */
    default Optional<Templates> templates() {
        return Optional.empty();
    }

    /** Returns limits of volumes; present exactly when {@link PoolFeature#LIMITS} is offered. */
    default Optional<Limits> limits() {
        return Optional.empty();
    }

    /** Returns changes of names; present exactly when {@link PoolFeature#RENAMING} is offered. */
    default Optional<Renaming> renaming() {
        return Optional.empty();
    }

    /** Returns moves within the storage system; present exactly when {@link PoolFeature#MIGRATION} is offered. */
    default Optional<PoolMigration> migration() {
        return Optional.empty();
    }

    /** Returns taking over volumes that the storage moved here; present exactly when {@link PoolFeature#ADOPTION} is offered. */
    default Optional<Adoption> adoption() {
        return Optional.empty();
    }

    /** Returns the pools that this one is the parent of; present exactly when {@link PoolFeature#CLUSTER} is offered. */
    default Optional<PoolCluster> cluster() {
        return Optional.empty();
    }

    /** Drops the connection; volumes stay as they are. Closing twice does nothing. */
    @Override
    void close();
}
