package io.hvkit.testkit.endpoint;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.storage.spi.EncryptionSupport.LuksVersion;
import io.hvkit.storage.spi.LuksAttestation;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** One file in memory: what its headers say, and its disk. Used by one caller at a time, as the SPI asks. */
final class InMemoryImage {

    static final int SECTOR = 512;
    private static final int LUKS_HEADER = 2 << 20;
    private static final int TABLES = 256 << 10;
    private static final int SLOTS = 8;

    /** What it says that it lies over. */
    record Base(Path path, ImageFormat format) {}

    final TreeMap<Integer, String> slots = new TreeMap<>();
    ImageFormat format;
    Optional<Base> base = Optional.empty();
    String uuid = "";
    byte[] disk;
    BitSet written = new BitSet();
    int holders;
    boolean incomplete;

    InMemoryImage(ImageFormat format, int size) {
        this.format = format;
        this.disk = new byte[size];
    }

    static int headers(ImageFormat format, boolean encrypted) {
        return (encrypted ? LUKS_HEADER : 0) + (format == ImageFormat.QCOW2 ? TABLES : 0);
    }

    boolean isEncrypted() {
        return !uuid.isEmpty();
    }

    ByteSize stored() {
        return ByteSize.bytes(headers(format, isEncrypted()) + disk.length);
    }

    /** Returns what it takes as a file with holes where nothing was written. */
    ByteSize occupied() {
        return ByteSize.bytes(headers(format, isEncrypted()) + (long) written.cardinality() * SECTOR);
    }

    /** Returns how much of its disk it says itself. */
    ByteSize allocated() {
        return ByteSize.bytes((long) written.cardinality() * SECTOR);
    }

    ByteSize size() {
        return ByteSize.bytes(disk.length);
    }

    boolean isBlank() {
        for (byte b : disk) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    /** Makes LUKS of what is blank. */
    void encrypt(Secret key) {
        uuid = UUID.randomUUID().toString();
        slots.put(0, lock(key));
    }

    void becomeLuks(Secret key) {
        format = ImageFormat.LUKS;
        disk = new byte[disk.length - LUKS_HEADER];
        encrypt(key);
    }

    boolean opens(Secret key) {
        return slots.containsValue(lock(key));
    }

    void addKey(Secret key) {
        for (int slot = 0; slot < SLOTS; slot++) {
            if (!slots.containsKey(slot)) {
                slots.put(slot, lock(key));
                return;
            }
        }
        throw DriverException.because(Failure.EXHAUSTED).message("all %d key slots are taken; remove a key", SLOTS);
    }

    void removeKey(Secret key) {
        slots.values().removeIf(lock(key)::equals);
    }

    Optional<LuksAttestation> attestation() {
        return isEncrypted()
                ? Optional.of(
                        new LuksAttestation(format, LuksVersion.LUKS1, uuid, "aes-xts-plain64", 512, slots.keySet()))
                : Optional.empty();
    }

    void write(int offset, byte[] bytes) {
        System.arraycopy(bytes, 0, disk, offset, bytes.length);
        written.set(offset / SECTOR, (offset + bytes.length) / SECTOR);
    }

    /** Makes this the same file as another one. */
    void become(InMemoryImage other) {
        slots.clear();
        slots.putAll(other.slots);
        uuid = other.uuid;
        disk = other.disk.clone();
        written = (BitSet) other.written.clone();
        incomplete = other.incomplete;
    }

    void grow(int size) {
        disk = Arrays.copyOf(disk, size);
    }

    /** Returns what a thief of the disk would have. */
    byte[] bytes() {
        byte[] all = new byte[Math.toIntExact(stored().bytes())];
        int start = all.length - disk.length;
        for (int i = 0; i < disk.length; i++) {
            all[start + i] = isEncrypted() ? (byte) (disk[i] ^ (i * 31 + uuid.hashCode())) : disk[i];
        }
        return all;
    }

    /** Tells one key from another without keeping either. */
    private static String lock(Secret key) {
        return key.withArray(bytes -> UUID.nameUUIDFromBytes(bytes).toString());
    }
}
