package io.hvkit.engine.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PasswordProviderTest {

    private static final String PASSWORD = "correct horse battery staple";
    private static final String BINDING = "key/k1";

    @Test
    void the_same_password_opens_it_elsewhere_and_its_own_copy_may_be_wiped() throws Exception {
        try (Secret key = Secret.random()) {
            KeyProvider.Wrapping wrapping;
            try (KeyProvider provider = provider(PASSWORD, "cloud-1")) {
                wrapping = provider.wrap(key, BINDING);
            }
            try (KeyProvider again = provider(PASSWORD, "cloud-1");
                    Secret opened = again.unwrap(wrapping, BINDING)) {
                assertThat(opened.matches(key)).isTrue();
                assertThat(again.currentMasterKey()).isEqualTo(wrapping.masterKey());
            }
        }
    }

    @Test
    void another_password_or_installation_opens_nothing_and_names_both_master_keys() throws Exception {
        try (Secret key = Secret.random();
                KeyProvider provider = provider(PASSWORD, "cloud-1");
                KeyProvider typo = provider(PASSWORD + "r", "cloud-1");
                KeyProvider elsewhere = provider(PASSWORD, "cloud-2")) {
            KeyProvider.Wrapping wrapping = provider.wrap(key, BINDING);
            for (KeyProvider other : new KeyProvider[] {typo, elsewhere}) {
                DriverException e = catchThrowableOfType(DriverException.class, () -> other.unwrap(wrapping, BINDING));

                assertThat(e.failure()).isEqualTo(Failure.BAD_CREDENTIALS);
                assertThat(e).hasMessageContaining(wrapping.masterKey()).hasMessageContaining(other.currentMasterKey());
                assertThat(e.getMessage()).doesNotContain(PASSWORD);
            }
        }
    }

    @Test
    void the_derivation_is_pbkdf2_as_the_jdk_has_it() throws Exception {
        byte[] derived = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                .generateSecret(new PBEKeySpec(
                        PASSWORD.toCharArray(),
                        "hvkit cloud-1".getBytes(StandardCharsets.US_ASCII),
                        KeyProvider.PASSWORD_ITERATIONS,
                        256))
                .getEncoded();
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update("hvkit master key".getBytes(StandardCharsets.US_ASCII));
        String fingerprint = HexFormat.of().formatHex(digest.digest(derived), 0, 8);

        try (KeyProvider provider = provider(PASSWORD, "cloud-1")) {
            assertThat(provider.currentMasterKey()).isEqualTo("password:cloud-1:" + fingerprint);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "\u0130", "x/y"})
    void an_installation_of_another_form_is_refused_and_named(String installation) {
        assertThatThrownBy(() -> provider(PASSWORD, installation))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + installation + "'");
    }

    @Test
    void a_short_password_is_refused_and_not_quoted() {
        assertThatThrownBy(() -> provider("hunter2", "cloud-1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("12 bytes")
                .hasMessageNotContaining("hunter2");
    }

    private static KeyProvider provider(String password, String installation) {
        try (Secret secret = Secret.copyOf(password.getBytes(StandardCharsets.UTF_8))) {
            return KeyProvider.password(secret, installation);
        }
    }
}
