package io.hvkit.core;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Key material that can be wiped. It lives outside the Java heap, so that no garbage collection leaves copies of it behind,
 * and never prints, serialises or compares its content by {@code equals}. Any number of threads may use it; closing waits for
 * uses under way.
 *
 * <p>Whoever makes a secret closes it. A method that takes one borrows it for the length of the call.
 */
public final class Secret implements AutoCloseable {

    /** The most bytes a secret may have: what cryptsetup, qemu and libvirt all take. */
    public static final int LONGEST = 512;

    private static final int RANDOM_BYTES = 32;

    /** How hard a secret is to guess. */
    public enum Strength {
        /** At least 256 random bits: no key derivation can add to it, so a cheap one will do. */
        RANDOM,
        /** Perhaps a person's choice: key derivation must be slow. */
        UNKNOWN
    }

    /**
     * Work done on the raw bytes.
     *
     * @param <R> what comes out; never the bytes themselves
     * @param <X> what may go wrong
     */
    @FunctionalInterface
    public interface Use<R, X extends Exception> {
        /** Does it. The buffer is read-only, positioned at 0, and only valid inside this call. */
        R apply(ByteBuffer bytes) throws X;
    }

    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final ByteBuffer bytes;
    private final Strength strength;
    private boolean closed;

    private Secret(byte[] source, Strength strength) {
        if (source.length == 0) {
            throw new IllegalArgumentException("a secret cannot be empty; leave it out instead");
        }
        if (source.length > LONGEST) {
            throw new IllegalArgumentException("a secret has at most " + LONGEST + " bytes, not " + source.length
                    + ": longer ones are cut by tools");
        }
        this.bytes = ByteBuffer.allocateDirect(source.length).put(source).flip();
        this.strength = strength;
    }

    /**
     * Returns a new passphrase with 256 bits from the operating system's generator, which does not block once the system is up.
     * It is written in letters, digits, {@code -} and {@code _} alone, 43 of them, so that qemu, cryptsetup and libvirt read it
     * alike; its length is no multiple of 16, which old libvirt versions padded wrongly.
     */
    public static Secret random() {
        byte[] raw = new byte[RANDOM_BYTES];
        byte[] text = {};
        try {
            generator().nextBytes(raw);
            text = Base64.getUrlEncoder().withoutPadding().encode(raw);
            return new Secret(text, Strength.RANDOM);
        } finally {
            Arrays.fill(raw, (byte) 0);
            Arrays.fill(text, (byte) 0);
        }
    }

    /**
     * Returns a secret with a copy of {@code bytes}; the caller keeps, and should wipe, its own array.
     *
     * @throws IllegalArgumentException if it is empty or longer than {@link #LONGEST}
     */
    public static Secret copyOf(byte[] bytes) {
        return new Secret(bytes, Strength.UNKNOWN);
    }

    /**
     * Returns a secret with a copy of {@code bytes} that {@link #random} made earlier, as a key store gives them back. Volumes
     * made with it use a cheap key derivation: never say this of what a person chose.
     *
     * @throws IllegalArgumentException if it has fewer than 32 bytes or more than {@link #LONGEST}
     */
    public static Secret copyOfRandom(byte[] bytes) {
        if (bytes.length < RANDOM_BYTES) {
            throw new IllegalArgumentException(bytes.length + " bytes cannot hold 256 random bits");
        }
        return new Secret(bytes, Strength.RANDOM);
    }

    /** Returns another secret with the same bytes, to be closed on its own. */
    public Secret copy() {
        return withArray(array -> new Secret(array, strength));
    }

    /** Returns how hard it is to guess. */
    public Strength strength() {
        return strength;
    }

    /** Returns the number of bytes. */
    public int length() {
        return bytes.limit();
    }

    /**
     * Lends the bytes to {@code use}.
     *
     * @throws IllegalStateException if it is closed
     */
    public <R, X extends Exception> R use(Use<R, X> use) throws X {
        lock.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("secret is already wiped");
            }
            return use.apply(bytes.asReadOnlyBuffer());
        } finally {
            lock.readLock().unlock();
        }
    }

    /**
     * Work done on a copy of the bytes.
     *
     * @param <R> what comes out; never the bytes themselves
     * @param <X> what may go wrong
     */
    @FunctionalInterface
    public interface ArrayUse<R, X extends Exception> {
        /** Does it. The array is zeroed when this call ends. */
        R apply(byte[] bytes) throws X;
    }

    /**
     * Lends a copy on the heap, for what takes arrays alone, and zeroes it afterwards. Prefer {@link #use}: the collector may
     * move an array and leave its old place as it was.
     *
     * @throws IllegalStateException if it is closed
     */
    public <R, X extends Exception> R withArray(ArrayUse<R, X> use) throws X {
        return this.<R, X>use(buffer -> {
            byte[] copy = new byte[buffer.remaining()];
            try {
                buffer.get(copy);
                return use.apply(copy);
            } finally {
                Arrays.fill(copy, (byte) 0);
            }
        });
    }

    /** Returns whether both hold the same bytes, in a time that depends on their lengths alone. */
    public boolean matches(Secret other) {
        return use(mine -> other.use(theirs -> {
            int difference = mine.remaining() ^ theirs.remaining();
            for (int i = 0; i < mine.remaining(); i++) {
                difference |= mine.get(i) ^ theirs.get(i % theirs.remaining());
            }
            return difference == 0;
        }));
    }

    /** Returns whether it is text that qemu accepts: UTF-8 without NUL bytes. */
    public boolean isText() {
        return use(buffer -> {
            for (int i = 0; i < buffer.limit(); i++) {
                if (buffer.get(i) == 0) {
                    return false;
                }
            }
            char[] decoded = new char[buffer.remaining()];
            CharBuffer out = CharBuffer.wrap(decoded);
            try {
                return !StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(buffer, out, true)
                        .isError();
            } finally {
                Arrays.fill(decoded, '\0');
            }
        });
    }

    /**
     * Wipes the bytes, once uses by other threads have ended. Closing twice does nothing.
     *
     * @throws IllegalStateException if this thread is just using it
     */
    @Override
    public void close() {
        if (lock.getReadHoldCount() > 0) {
            throw new IllegalStateException("a secret cannot be wiped inside its own use");
        }
        lock.writeLock().lock();
        try {
            closed = true;
            for (int i = 0; i < bytes.limit(); i++) {
                bytes.put(i, (byte) 0);
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Returns {@code Secret[redacted]}, always. */
    @Override
    public String toString() {
        return "Secret[redacted]";
    }

    private static SecureRandom generator() {
        try {
            return SecureRandom.getInstance("NativePRNGNonBlocking");
        } catch (NoSuchAlgorithmException e) {
            return new SecureRandom(); // not a Unix; the platform's default does not block there
        }
    }
}
