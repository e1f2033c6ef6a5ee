package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import java.util.function.Function;

/**
 * How a passphrase becomes the key that opens a key slot, and what that costs whoever tries one. The cost protects what a person
 * chose; a random key needs none.
 */
public sealed interface KeyDerivation {

    /**
     * Hashing again and again; in every LUKS1 slot, and the only one that QEMU knows.
     *
     * @param iterations how often; cryptsetup makes 1000 or more
     */
    record Pbkdf2(long iterations) implements KeyDerivation {}

    /**
     * Filling memory again and again; in LUKS2 alone.
     *
     * @param variant which Argon2
     * @param passes how often the memory is filled; cryptsetup makes four or more
     * @param memory how much; cryptsetup takes a whole number of KiB, from 32 KiB to 4 GiB
     * @param lanes how many threads fill it; cryptsetup uses one to four
     */
    record Argon2(Variant variant, long passes, ByteSize memory, int lanes) implements KeyDerivation {}

    /** The kinds of Argon2 that LUKS2 knows. */
    enum Variant {
        /** Reads the memory in an order that does not depend on the passphrase. */
        ARGON2I("argon2i"),
        /** Does so at first only; cryptsetup's own choice. */
        ARGON2ID("argon2id");

        private final String cryptSetupName;

        Variant(String cryptSetupName) {
            this.cryptSetupName = cryptSetupName;
        }

        /** Returns the word that cryptsetup uses. */
        public String cryptSetupName() {
            return cryptSetupName;
        }
    }

    /** Returns what a random key gets: the least that cryptsetup makes. */
    static KeyDerivation forRandomKeys() {
        return new Pbkdf2(1000);
    }

    /** Answers for whichever case this is; the compiler sees to it that none is left out. */
    default <R> R match(Function<? super Pbkdf2, ? extends R> pbkdf2, Function<? super Argon2, ? extends R> argon2) {
        if (this instanceof Pbkdf2 hashing) {
            return pbkdf2.apply(hashing);
        }
        return argon2.apply((Argon2) this);
    }

    /** Returns whether it is slow enough for what a person chose: 600,000 iterations, or 64 MiB of memory. */
    default boolean suitsPassphrases() {
        return match(
                pbkdf2 -> pbkdf2.iterations >= 600_000, argon2 -> argon2.memory.compareTo(ByteSize.mebibytes(64)) >= 0);
    }
}
