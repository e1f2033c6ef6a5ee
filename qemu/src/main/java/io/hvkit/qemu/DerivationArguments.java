package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.util.List;
import java.util.Optional;

/** How cryptsetup is told of a key derivation, and what is refused before it is told. */
final class DerivationArguments {

    private static final long LARGEST = 0xFFFF_FFFFL;
    private static final ByteSize KIBIBYTE = ByteSize.kibibytes(1);

    private DerivationArguments() {}

    /** Returns the arguments for a slot that {@code key} opens; cryptsetup's own choice takes none. */
    static List<String> of(LuksType type, Secret key, Optional<KeyDerivation> wanted) {
        boolean random = key.strength() == Secret.Strength.RANDOM;
        if (wanted.isEmpty() && !random) {
            return List.of();
        }
        KeyDerivation derivation = wanted.orElseGet(KeyDerivation::forRandomKeys);
        requireFor(type, derivation);
        if (!random && !derivation.suitsPassphrases()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s is too fast for a key that a person may have chosen; leave it out, or make 600,000"
                                    + " iterations, or fill 64 MiB of memory, or more",
                            derivation);
        }
        return derivation.match(
                pbkdf2 -> List.of("--pbkdf", "pbkdf2", "--pbkdf-force-iterations", Long.toString(pbkdf2.iterations())),
                argon2 -> List.of(
                        "--pbkdf",
                        argon2.variant().cryptSetupName(),
                        "--pbkdf-force-iterations",
                        Long.toString(argon2.passes()),
                        "--pbkdf-memory",
                        Long.toString(argon2.memory().bytes() / KIBIBYTE.bytes()),
                        "--pbkdf-parallel",
                        Integer.toString(argon2.lanes())));
    }

    /** Refuses what cryptsetup cannot make in a header of this type. */
    static void requireFor(LuksType type, KeyDerivation derivation) {
        if (derivation instanceof KeyDerivation.Argon2 argon2) {
            require(type == LuksType.LUKS2, derivation, "only LUKS2 has Argon2");
            require(argon2.passes() >= 4 && argon2.passes() <= LARGEST, derivation, "four passes or more");
            require(
                    argon2.memory().isMultipleOf(KIBIBYTE)
                            && argon2.memory().compareTo(ByteSize.kibibytes(32)) >= 0
                            && argon2.memory().compareTo(ByteSize.gibibytes(4)) <= 0,
                    derivation,
                    "a whole number of KiB of memory, from 32 KiB to 4 GiB");
            require(argon2.lanes() >= 1 && argon2.lanes() <= 4, derivation, "one to four threads");
        } else if (derivation instanceof KeyDerivation.Pbkdf2 pbkdf2) {
            require(
                    pbkdf2.iterations() >= 1000 && pbkdf2.iterations() <= LARGEST,
                    derivation,
                    "1000 iterations or more, and fewer than 2^32");
        }
    }

    private static void require(boolean holds, KeyDerivation derivation, String rule) {
        if (!holds) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("cryptsetup cannot make %s: %s", derivation, rule);
        }
    }
}
