package io.hvkit.engine.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.catalog.spi.WrappedBytes;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KeyProviderCheckTest {

    @TempDir
    private Path directory;

    private KeyProvider real;

    @BeforeEach
    void make() {
        Path file = directory.resolve("kek");
        MasterKeyFile.create(file);
        real = KeyProvider.file(file);
    }

    @AfterEach
    void close() {
        real.close();
    }

    /** A provider that gets something wrong. */
    private class Relay implements KeyProvider {
        @Override
        public String currentMasterKey() throws InterruptedException {
            return real.currentMasterKey();
        }

        @Override
        public Wrapping wrap(Secret key, String binding) throws InterruptedException {
            return real.wrap(key, binding);
        }

        @Override
        public Secret unwrap(Wrapping wrapping, String binding) throws InterruptedException {
            return real.unwrap(wrapping, binding);
        }
    }

    @Test
    void the_providers_of_the_engine_keep_their_promises() throws Exception {
        KeyProviderCheck.require(real);
        byte[] password = "a long and boring password".getBytes(StandardCharsets.US_ASCII);
        try (Secret secret = Secret.copyOf(password);
                KeyProvider derived = KeyProvider.password(secret, "cloud-1")) {
            assertThat(KeyProviderCheck.of(derived)).isEmpty();
        }
    }

    @Test
    void a_wrapping_that_is_bound_to_nothing_is_found() {
        KeyProvider unbound = new Relay() {
            @Override
            public Wrapping wrap(Secret key, String binding) throws InterruptedException {
                return real.wrap(key, "all");
            }

            @Override
            public Secret unwrap(Wrapping wrapping, String binding) throws InterruptedException {
                return real.unwrap(wrapping, "all");
            }
        };

        assertThatThrownBy(() -> KeyProviderCheck.require(unbound))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("a wrapping opens for another record");
    }

    @Test
    void a_key_that_is_only_written_down_is_found() throws Exception {
        KeyProvider plain = new Relay() {
            @Override
            public Wrapping wrap(Secret key, String binding) throws InterruptedException {
                return new Wrapping(real.currentMasterKey(), WrappedBytes.of(key.withArray(bytes -> bytes.clone())));
            }

            @Override
            public Secret unwrap(Wrapping wrapping, String binding) {
                return Secret.copyOf(wrapping.bytes().bytes());
            }
        };

        assertThat(KeyProviderCheck.of(plain))
                .contains(
                        "the key is in its wrapping",
                        "one key, wrapped 20 times, gave 1 wrappings",
                        "a key of strength RANDOM comes back as UNKNOWN",
                        "a wrapping opens with byte 0 changed",
                        "a wrapping opens under the name of another master key");
    }

    @Test
    void a_refusal_for_the_wrong_reason_is_found() throws Exception {
        KeyProvider curt = new Relay() {
            @Override
            public Secret unwrap(Wrapping wrapping, String binding) throws InterruptedException {
                try {
                    return real.unwrap(wrapping, binding);
                } catch (DriverException e) {
                    throw DriverException.because(Failure.NOT_FOUND).causedBy(e).message("no");
                }
            }
        };

        assertThat(KeyProviderCheck.of(curt))
                .contains("a wrapping for another record is refused as NOT_FOUND, not as CORRUPT_DATA");
    }

    @Test
    void of_one_that_does_not_answer_nobody_can_tell() {
        KeyProvider silent = new Relay() {
            @Override
            public Wrapping wrap(Secret key, String binding) {
                throw DriverException.because(Failure.UNREACHABLE).message("nobody answers");
            }
        };

        assertThatThrownBy(() -> KeyProviderCheck.of(silent)).isInstanceOf(DriverException.class);
    }
}
