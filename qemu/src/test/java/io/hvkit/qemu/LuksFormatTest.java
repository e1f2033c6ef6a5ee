package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LuksFormatTest {

    private static final LuksFormat LUKS1 = LuksFormat.of(LuksType.LUKS1);
    private static final LuksFormat LUKS2 = LuksFormat.of(LuksType.LUKS2);

    @Test
    void what_is_not_said_is_strong() {
        assertThat(LUKS1.cipher()).isEqualTo(LuksCipher.AES_256_XTS);
        assertThat(LUKS1.hash()).isEqualTo(LuksHash.SHA256);
        assertThat(LUKS1.derivation()).isEmpty();
        assertThat(LUKS1.mayLoseContent()).isFalse();
    }

    @Test
    void every_change_is_kept_through_the_others() {
        UUID uuid = UUID.randomUUID();
        KeyDerivation derivation =
                new KeyDerivation.Argon2(KeyDerivation.Variant.ARGON2ID, 4, ByteSize.mebibytes(64), 2);
        LuksFormat one = LUKS2.encryptedWith(LuksCipher.AES_128_XTS)
                .hashedWith(LuksHash.SHA512)
                .derivedBy(derivation)
                .inSectorsOf(ByteSize.kibibytes(4))
                .labelled("a label")
                .identifiedBy(uuid)
                .losingContent();
        LuksFormat other = LUKS2.losingContent()
                .identifiedBy(uuid)
                .labelled("a label")
                .inSectorsOf(ByteSize.kibibytes(4))
                .derivedBy(derivation)
                .hashedWith(LuksHash.SHA512)
                .encryptedWith(LuksCipher.AES_128_XTS);

        assertThat(one).isEqualTo(other).hasSameHashCodeAs(other).isNotEqualTo(LUKS2);
        assertThat(one.label()).contains("a label");
        assertThat(one.uuid()).contains(uuid);
        assertThat(one.derivation()).contains(derivation);
    }

    @Test
    void what_cryptsetup_would_refuse_cannot_be_said() {
        for (ThrowingCallable refused : List.<ThrowingCallable>of(
                () -> LUKS1.labelled("a"),
                () -> LUKS1.inSectorsOf(ByteSize.bytes(512)),
                () -> LUKS1.derivedBy(argon2(4, ByteSize.mebibytes(64), 1)),
                () -> LUKS1.derivedBy(new KeyDerivation.Pbkdf2(999)),
                () -> LUKS1.derivedBy(new KeyDerivation.Pbkdf2(1L << 32)),
                () -> LUKS2.derivedBy(argon2(3, ByteSize.mebibytes(64), 1)),
                () -> LUKS2.derivedBy(argon2(4, ByteSize.kibibytes(31), 1)),
                () -> LUKS2.derivedBy(argon2(4, ByteSize.bytes(65537), 1)),
                () -> LUKS2.derivedBy(argon2(4, ByteSize.gibibytes(5), 1)),
                () -> LUKS2.derivedBy(argon2(4, ByteSize.mebibytes(64), 0)),
                () -> LUKS2.derivedBy(argon2(4, ByteSize.mebibytes(64), 5)),
                () -> LUKS2.inSectorsOf(ByteSize.bytes(256)),
                () -> LUKS2.inSectorsOf(ByteSize.bytes(1536)),
                () -> LUKS2.inSectorsOf(ByteSize.kibibytes(8)),
                () -> LUKS2.labelled(""),
                () -> LUKS2.labelled("x".repeat(48)),
                () -> LUKS2.labelled("\u0131"),
                () -> LUKS2.labelled("a\nb"))) {
            assertThat(catchThrowableOfType(DriverException.class, refused).failure())
                    .isEqualTo(Failure.INVALID_REQUEST);
        }
    }

    @Test
    void what_suits_a_passphrase_is_slow() {
        assertThat(KeyDerivation.forRandomKeys().suitsPassphrases()).isFalse();
        assertThat(new KeyDerivation.Pbkdf2(599_999).suitsPassphrases()).isFalse();
        assertThat(new KeyDerivation.Pbkdf2(600_000).suitsPassphrases()).isTrue();
        assertThat(argon2(4, ByteSize.mebibytes(63), 1).suitsPassphrases()).isFalse();
        assertThat(argon2(4, ByteSize.mebibytes(64), 1).suitsPassphrases()).isTrue();
    }

    private static KeyDerivation argon2(long passes, ByteSize memory, int lanes) {
        return new KeyDerivation.Argon2(KeyDerivation.Variant.ARGON2ID, passes, memory, lanes);
    }
}
