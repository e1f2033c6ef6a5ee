package io.hvkit.catalog.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DiskUuid;
import io.hvkit.core.ImageFormat;
import java.time.Instant;
import java.util.Optional;

/**
 * A volume, wherever its bytes are now.
 *
 * @param id its id, the same wherever it moves
 * @param version see {@link CatalogRecord#version}
 * @param name unique among volumes
 * @param state how it is
 * @param place the pool its bytes are in, and how they lie there
 * @param size what its machine sees
 * @param key the key that opens it, if it is encrypted with one
 * @param second another copy, or another key, while there are two
 * @param createdAt when it was asked for
 */
public record VolumeRecord(
        RecordId<VolumeRecord> id,
        long version,
        String name,
        State state,
        Place place,
        ByteSize size,
        Optional<RecordId<KeyRecord>> key,
        Optional<Second> second,
        Instant createdAt)
        implements CatalogRecord<VolumeRecord> {

    /** How a volume is. */
    public enum State {
        /** It is being made. */
        CREATING,
        /** It is there. */
        READY,
        /** Another copy of it is being made, in this pool or another one, and it is used where it was. */
        MOVING,
        /** It is being removed, and nobody may use it. */
        DELETING,
        /** Something is wrong with it that an operator must look at; nothing is deleted meanwhile. */
        BROKEN
    }

    /**
     * Where the bytes of a volume are.
     *
     * @param pool the pool
     * @param home the pool in which this copy was made; another one if its storage brought it here, which keeps its name
     * @param copy which of the volume's copies of that home this is, a whole number; 0 for the first one that a pool gets. Two copies that
     *     were made in one pool and are there at once differ in it, and so in what they are called
     * @param format how they are laid out
     * @param externalId what the pool calls it; nothing until the pool was seen to have it
     * @param encryption how it is encrypted, if it is: the format of the encryption, and what its header or its storage said
     * @param diskUuid the UUID that the file of this copy carries, as it was read last; nothing if it was never seen to carry one. Linked
     *     clones share it
     */
    public record Place(
            RecordId<PoolRecord> pool,
            RecordId<PoolRecord> home,
            int copy,
            ImageFormat format,
            Optional<ExternalId> externalId,
            Optional<Encryption> encryption,
            Optional<DiskUuid> diskUuid) {
        /**
         * Checks the number.
         *
         * @throws IllegalArgumentException if it is negative
         */
        public Place {
            if (copy < 0) {
                throw new IllegalArgumentException("copies are counted from 0, and this is " + copy);
            }
        }

        /** Returns the place of the first copy in a pool, which was not seen there yet. */
        public static Place first(RecordId<PoolRecord> pool, ImageFormat format) {
            return new Place(pool, pool, 0, format, Optional.empty(), Optional.empty(), Optional.empty());
        }

        /** Returns the same place of another copy. */
        public Place ofCopy(int other) {
            return new Place(pool, home, other, format, externalId, encryption, diskUuid);
        }

        /** Returns this place as its pool was seen to have it. */
        public Place seen(ImageFormat other, ExternalId as, Optional<Encryption> proved) {
            return new Place(pool, home, copy, other, Optional.of(as), proved, diskUuid);
        }

        /** Returns this place, encrypted in another way, or not. */
        public Place encrypted(Optional<Encryption> other) {
            return new Place(pool, home, copy, format, externalId, other, diskUuid);
        }

        /** Returns where this copy is once its storage has brought it to another pool, under the name it has. */
        public Place broughtTo(RecordId<PoolRecord> other) {
            return new Place(other, home, copy, format, externalId, encryption, diskUuid);
        }

        /** Returns this place with the UUID that was read there; with the one that was known, if none was. */
        public Place carrying(Optional<DiskUuid> read) {
            return new Place(pool, home, copy, format, externalId, encryption, read.or(() -> diskUuid));
        }
    }

    /**
     * What there is of a volume beside its place and its key, while it moves, is encrypted anew or gets another key. Its key is kept as
     * long as it is.
     *
     * @param role what it is there for
     * @param place where it is; that of the volume itself if only its key is another one
     * @param key the key that opens it, if it is encrypted with one
     */
    public record Second(Role role, Place place, Optional<RecordId<KeyRecord>> key) {

        /** What a second copy or key is there for. */
        public enum Role {
            /** The bytes are being copied to there. */
            INCOMING,
            /** The bytes were copied from there, and it is to be removed. */
            OUTGOING,
            /** The same bytes are being given this key. */
            NEXT_KEY,
            /** The same bytes had this key, and it is to be taken from them. */
            FORMER_KEY
        }
    }

    /**
     * How a volume is encrypted.
     *
     * @param format the format of the encryption, such as {@code luks1}, {@code qcow2-luks1} or {@code storage}
     * @param attestation what proved it, read back from the bytes or said by the storage
     */
    public record Encryption(String format, String attestation) {
        /**
         * Checks the texts.
         *
         * @throws IllegalArgumentException if one is not {@linkplain Catalog as texts must be}
         */
        public Encryption {
            Texts.name("the format of an encryption", format);
            Texts.text("an attestation", attestation);
        }
    }

    /**
     * Checks the texts.
     *
     * @throws IllegalArgumentException if one is not {@linkplain Catalog as texts must be}
     */
    public VolumeRecord {
        Texts.name("a volume's name", name);
    }

    /** By name. */
    public static final Field<VolumeRecord, String> NAME = Field.of("name", VolumeRecord::name);

    /** By pool. */
    public static final Field<VolumeRecord, RecordId<PoolRecord>> POOL = Field.of("pool", volume -> volume.place.pool);

    /** By the UUID of the disk; several volumes may share one, and most have none. */
    public static final Field<VolumeRecord, String> DISK_UUID =
            Field.optional("diskUuid", volume -> volume.place.diskUuid.map(DiskUuid::value));

    /** By key; volumes that are not encrypted with one have none. */
    public static final Field<VolumeRecord, RecordId<KeyRecord>> KEY = Field.optional("key", VolumeRecord::key);

    /** By the pool of the second copy. */
    public static final Field<VolumeRecord, RecordId<PoolRecord>> SECOND_POOL =
            Field.optional("secondPool", volume -> volume.second.map(second -> second.place.pool));

    /** By the second key. */
    public static final Field<VolumeRecord, RecordId<KeyRecord>> SECOND_KEY =
            Field.optional("secondKey", volume -> volume.second.flatMap(Second::key));

    /** By state. */
    public static final Field<VolumeRecord, State> STATE = Field.of("state", VolumeRecord::state);

    /** Returns this volume in another state. */
    public VolumeRecord in(State other) {
        return new VolumeRecord(id, version, name, other, place, size, key, second, createdAt);
    }

    /** Returns this volume at another place. */
    public VolumeRecord at(Place other) {
        return new VolumeRecord(id, version, name, state, other, size, key, second, createdAt);
    }

    /** Returns this volume with another size. */
    public VolumeRecord of(ByteSize other) {
        return new VolumeRecord(id, version, name, state, place, other, key, second, createdAt);
    }

    /** Returns this volume, opened with another key, or with none. */
    public VolumeRecord openedWith(Optional<RecordId<KeyRecord>> other) {
        return new VolumeRecord(id, version, name, state, place, size, other, second, createdAt);
    }

    /** Returns this volume with a second copy or key, or with none. */
    public VolumeRecord beside(Optional<Second> other) {
        return new VolumeRecord(id, version, name, state, place, size, key, other, createdAt);
    }

    @Override
    public VolumeRecord withVersion(long other) {
        return new VolumeRecord(id, other, name, state, place, size, key, second, createdAt);
    }
}
