package io.hvkit.qemu.internal.copy;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** What each chunk was: the first 64 bits of its SHA-256. Safe for threads that work on different chunks. */
final class Digests {

    private static final long LARGEST_ARRAY = 1 << 28;

    private final long[] digests;
    private final int chunk;

    private Digests(long[] digests, int chunk) {
        this.digests = digests;
        this.chunk = chunk;
    }

    static Digests none() {
        return new Digests(new long[0], 1);
    }

    static Digests of(long size, int chunk) {
        long count = (size + chunk - 1) / chunk;
        if (count > LARGEST_ARRAY) {
            throw new IllegalArgumentException(size + " bytes in chunks of " + chunk + " are too many to remember");
        }
        return new Digests(new long[(int) count], chunk);
    }

    /** Remembers a chunk, if anything is remembered. */
    void put(Chunks.Chunk at, byte[] bytes) {
        if (digests.length > 0) {
            digests[(int) (at.at() / chunk)] = digest(bytes, at.length());
        }
    }

    boolean isOf(Chunks.Chunk at, byte[] bytes) {
        return digests[(int) (at.at() / chunk)] == digest(bytes, at.length());
    }

    private static long digest(byte[] bytes, int length) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(bytes, 0, length);
            return ByteBuffer.wrap(sha256.digest()).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
