package io.hvkit.testkit.storage;

import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.EncryptionSupport.HeaderWriter;
import io.hvkit.storage.spi.EncryptionSupport.LuksVersion;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.PoolTrait;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import java.util.Optional;
import java.util.Set;

/**
 * A storage system in memory: all pools of one driver belong to it, and volumes can move between them. It keeps every contract and
 * stores nothing; what would be the content of a volume is one byte. Its sizes are whole mebibytes, names have at most 31
 * characters, and a pool holds 64 GiB.
 */
public final class InMemoryStorageDriver implements StorageDriver {

    /** Offers everything, and encrypts with keys that are lent. */
    public static final StoragePoolType TYPE = StoragePoolType.named("in-memory-storage", "In memory")
            .having(PoolTrait.SHARED, PoolTrait.BLOCK_DEVICES)
            .encryptedBy(EncryptionSupport.hypervisorLuks());

    /** Offers everything, and encrypts with keys of its own. */
    public static final StoragePoolType SELF_ENCRYPTING = StoragePoolType.named(
                    "in-memory-self-encrypting", "In memory (self-encrypting)")
            .having(PoolTrait.SHARED, PoolTrait.BLOCK_DEVICES)
            .encryptedBy(EncryptionSupport.storageNative());

    /** Offers everything but templates, and keeps blocks alone, as arrays do: a host writes the headers of encrypted volumes. */
    public static final StoragePoolType BLOCKS = StoragePoolType.named("in-memory-blocks", "In memory (blocks)")
            .having(PoolTrait.SHARED, PoolTrait.BLOCK_DEVICES)
            .encryptedBy(EncryptionSupport.hypervisorLuks(LuksVersion.LUKS1, ImageFormat.LUKS, ImageFormat.QCOW2)
                    .withHeaderBy(HeaderWriter.END_POINT));

    /** Offers nothing, to see what a caller does then. */
    public static final StoragePoolType BARE = StoragePoolType.named("in-memory-storage-bare", "In memory (bare)");

    /** A pool of its own kind, which is there once {@link #shelves} knows it: offers growth and adoption, and its volumes carry UUIDs. */
    public static final StoragePoolType SHELF =
            StoragePoolType.named("in-memory-shelf", "In memory (shelf)").having(PoolTrait.SHARED, PoolTrait.FILES);

    /** A parent of shelves. */
    public static final StoragePoolType CABINET = StoragePoolType.named("in-memory-cabinet", "In memory (cabinet)")
            .having(PoolTrait.SHARED, PoolTrait.FILES, PoolTrait.PARENT);

    /** The name of the shelf or cabinet; others need none. */
    public static final Option<String> STANDS = Option.text("stands").withDefault("");

    /** What each pool holds. */
    public static final ByteSize CAPACITY = ByteSize.gibibytes(64);

    /** The most characters of a name. */
    public static final int LONGEST_NAME = 31;

    private final InMemoryArray array = new InMemoryArray();

    /** Does nothing, as the SPI asks. */
    public InMemoryStorageDriver() {}

    @Override
    public Set<StoragePoolType> types() {
        return Set.of(TYPE, SELF_ENCRYPTING, BLOCKS, BARE, SHELF, CABINET);
    }

    @Override
    public SpiVersion builtAgainst() {
        return new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);
    }

    @Override
    public Set<Option<?>> options() {
        return Set.of(STANDS);
    }

    /** Opens a pool; all of them are there, but for shelves and cabinets, which must be known. */
    @Override
    public StoragePool open(PoolId id, StoragePoolType type, Options options) {
        array.requireReachable();
        if (type.equals(SHELF)) {
            InMemoryShelves.Shelf shelf = array.locked(() -> shelves().require(options.get(STANDS)));
            return new InMemoryPool(id, type, array, Optional.of(shelf));
        }
        if (type.equals(CABINET)) {
            String name = options.get(STANDS);
            array.locked(() -> shelves().of(name));
            return new InMemoryCabinet(id, name, array, shelves());
        }
        return new InMemoryPool(id, type, array, Optional.empty());
    }

    /** Returns its shelves and cabinets, to change them behind everybody's back. */
    public InMemoryShelves shelves() {
        return array.shelves();
    }

    /** Makes the storage answer nobody from now on, connections that are open included. What is stored stays. */
    public void cutOff() {
        array.become(InMemoryArray.Line.CUT_OFF);
    }

    /** Lets the next call do its work and be told that nobody answered; those after it are answered. */
    public void loseNextReply() {
        array.become(InMemoryArray.Line.LOSING_REPLY);
    }

    /** Makes the storage answer again; does nothing if it does. */
    public void reachAgain() {
        array.become(InMemoryArray.Line.CONNECTED);
    }

    /**
     * Returns the end point of a host. It copies volumes that are attached there onto each other, writes headers and changes keys; volumes are
     * made and grown by their pools alone.
     */
    public EndPoint endPoint(HostId host) {
        return new InMemoryVolumeHost(host, array);
    }

    /** Puts a byte on a volume, as a machine would. */
    public void write(VolumeId volume, byte content) {
        array.write(volume, content);
    }

    /** Returns the byte that was put on a volume last; zero if none was. */
    public byte read(VolumeId volume) {
        return array.read(volume);
    }
}
