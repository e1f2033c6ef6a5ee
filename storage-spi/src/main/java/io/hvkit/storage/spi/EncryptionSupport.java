package io.hvkit.storage.spi;

import io.hvkit.core.ImageFormat;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Who encrypts the volumes of a pool, and how. Of a type it is a hint for those who choose among pools; what counts is what the
 * {@linkplain StoragePool#encryption open pool} says. Closed: a new case is a new major version.
 */
public sealed interface EncryptionSupport {

    /** A version of the LUKS header. */
    enum LuksVersion {
        /** Read by every QEMU. */
        LUKS1,
        /** Read by cryptsetup and librbd, and not by QEMU's own LUKS. */
        LUKS2
    }

    /** Who writes the header of a new volume. */
    enum HeaderWriter {
        /** The pool, before it hands the volume out, which then is proved to be encrypted. */
        POOL,
        /**
         * An end point, on the device of the volume once that is attached there: an array knows blocks alone. It writes the LUKS header of a
         * {@code LUKS} volume ({@link LuksVolumes#format}), or makes the image of a {@code QCOW2} one ({@link Images#create}). The pool makes a
         * volume with room for that, and looks at no key; until the header is written, the volume is of no use.
         */
        END_POINT
    }

    /** Nobody. */
    record None() implements EncryptionSupport {}

    /**
     * The hypervisor, with a key that the caller lends; the pool holds nothing but ciphertext.
     *
     * @param versions which headers can be had, by the format of the volume; never empty
     * @param headerBy who writes them
     */
    record HypervisorLuks(Map<ImageFormat, Set<LuksVersion>> versions, HeaderWriter headerBy)
            implements EncryptionSupport {

        /**
         * Copies the map.
         *
         * @throws IllegalArgumentException if a format holds no LUKS, or one has no version, or there is none
         */
        public HypervisorLuks {
            EnumMap<ImageFormat, Set<LuksVersion>> copy = new EnumMap<>(ImageFormat.class);
            versions.forEach((format, headers) -> copy.put(holdingLuks(format), atLeastOne(format, headers)));
            if (copy.isEmpty()) {
                throw new IllegalArgumentException("encryption by LUKS names at least one format");
            }
            versions = Collections.unmodifiableMap(copy);
        }

        /**
         * Makes one whose pool writes the headers.
         *
         * @throws IllegalArgumentException as the other constructor does
         */
        public HypervisorLuks(Map<ImageFormat, Set<LuksVersion>> versions) {
            this(versions, HeaderWriter.POOL);
        }

        /** Returns this with headers that another one writes. */
        public HypervisorLuks withHeaderBy(HeaderWriter writer) {
            return new HypervisorLuks(versions, writer);
        }

        /** Returns this and more formats for one version. */
        public HypervisorLuks and(LuksVersion version, ImageFormat... formats) {
            EnumMap<ImageFormat, Set<LuksVersion>> more = new EnumMap<>(versions);
            for (ImageFormat format : formats) {
                EnumSet<LuksVersion> headers = EnumSet.of(version);
                headers.addAll(more.getOrDefault(format, Set.of()));
                more.put(format, headers);
            }
            return new HypervisorLuks(more, headerBy);
        }

        private static ImageFormat holdingLuks(ImageFormat format) {
            if (format != ImageFormat.LUKS && format != ImageFormat.QCOW2) {
                throw new IllegalArgumentException("a " + format + " volume holds no LUKS; name LUKS or QCOW2");
            }
            return format;
        }

        private static Set<LuksVersion> atLeastOne(ImageFormat format, Set<LuksVersion> headers) {
            if (headers.isEmpty()) {
                throw new IllegalArgumentException("no version of LUKS is named for " + format);
            }
            return Collections.unmodifiableSet(EnumSet.copyOf(headers));
        }
    }

    /**
     * The storage, with keys of its own: no key crosses this SPI, volumes are already plain to the hypervisor, and it must not
     * encrypt them again.
     */
    record StorageNative() implements EncryptionSupport {}

    /** Returns encryption by nobody: a request for an encrypted volume is refused. */
    static EncryptionSupport none() {
        return new None();
    }

    /** Returns encryption by the storage itself, with keys of its own. */
    static EncryptionSupport storageNative() {
        return new StorageNative();
    }

    /**
     * Returns encryption by the hypervisor with a LUKS1 header, in front of a raw volume or inside a qcow2 one: what QEMU reads
     * everywhere.
     */
    static HypervisorLuks hypervisorLuks() {
        return hypervisorLuks(LuksVersion.LUKS1, ImageFormat.LUKS, ImageFormat.QCOW2);
    }

    /** Returns encryption by the hypervisor with a header of that version, in these formats. */
    static HypervisorLuks hypervisorLuks(LuksVersion version, ImageFormat first, ImageFormat... more) {
        return new HypervisorLuks(Map.of(first, Set.of(version))).and(version, more);
    }

    /** Returns the formats of volumes that can be encrypted with a key that the caller lends. */
    default Set<ImageFormat> formatsWithKey() {
        return match(none -> Set.of(), luks -> luks.versions().keySet(), storage -> Set.of());
    }

    /** Returns whether a volume that is made with a key needs a header from an end point before it is of use. */
    default boolean needsHeader() {
        return match(none -> false, luks -> luks.headerBy() == HeaderWriter.END_POINT, storage -> false);
    }

    /** Answers for whichever case this is; the compiler sees to it that none is left out. */
    default <R> R match(
            Function<? super None, ? extends R> none,
            Function<? super HypervisorLuks, ? extends R> hypervisorLuks,
            Function<? super StorageNative, ? extends R> storageNative) {
        if (this instanceof None n) {
            return none.apply(n);
        }
        if (this instanceof HypervisorLuks luks) {
            return hypervisorLuks.apply(luks);
        }
        return storageNative.apply((StorageNative) this);
    }

    /** Returns the names of all formats and versions, such as {@code LUKS: [LUKS1]}; for people. */
    default List<String> words() {
        return match(
                none -> List.of("none"),
                luks -> luks.versions().entrySet().stream()
                        .map(entry -> entry.getKey() + ": " + entry.getValue())
                        .toList(),
                storage -> List.of("by the storage"));
    }
}
