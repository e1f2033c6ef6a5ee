package io.hvkit.engine.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.WrappedBytes;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KeyProviderTest {

    private static final String BINDING = "key/k1";

    @TempDir
    private Path directory;

    private final Secret key = Secret.random();
    private Path file;
    private KeyProvider provider;

    @BeforeEach
    void make() {
        file = directory.resolve("kek");
        MasterKeyFile.create(file);
        provider = KeyProvider.file(file);
    }

    @AfterEach
    void wipe() {
        key.close();
    }

    @Test
    void a_wrapped_key_comes_back_as_it_was() throws Exception {
        try (Secret again = provider.unwrap(provider.wrap(key, BINDING), BINDING)) {
            assertThat(again.matches(key)).isTrue();
            assertThat(again.strength()).isEqualTo(Secret.Strength.RANDOM);
        }
    }

    @Test
    void a_persons_choice_does_not_come_back_as_random() throws Exception {
        try (Secret chosen =
                        Secret.copyOf("correct horse battery staple long enough".getBytes(StandardCharsets.UTF_8));
                Secret again = provider.unwrap(provider.wrap(chosen, BINDING), BINDING)) {
            assertThat(again.matches(chosen)).isTrue();
            assertThat(again.strength()).isEqualTo(Secret.Strength.UNKNOWN);
        }
    }

    @Test
    void the_same_key_is_wrapped_differently_each_time() throws Exception {
        Set<String> seen = new TreeSet<>();
        for (int i = 0; i < 100; i++) {
            seen.add(new String(provider.wrap(key, BINDING).bytes().bytes(), StandardCharsets.ISO_8859_1));
        }

        assertThat(seen).hasSize(100);
    }

    @Test
    void a_wrapping_that_was_changed_in_any_bit_is_refused() throws Exception {
        KeyProvider.Wrapping wrapping = provider.wrap(key, BINDING);
        byte[] bytes = wrapping.bytes().bytes();
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            byte[] changed = bytes.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            KeyProvider.Wrapping other = new KeyProvider.Wrapping(wrapping.masterKey(), WrappedBytes.of(changed));

            assertThat(refusal(provider, other, BINDING).failure()).isEqualTo(Failure.CORRUPT_DATA);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 12, 13, 28, 29})
    void a_wrapping_that_was_cut_is_refused(int length) throws Exception {
        KeyProvider.Wrapping wrapping = provider.wrap(key, BINDING);
        byte[] cut = Arrays.copyOf(wrapping.bytes().bytes(), length);

        assertThat(refusal(provider, new KeyProvider.Wrapping(wrapping.masterKey(), WrappedBytes.of(cut)), BINDING)
                        .failure())
                .isEqualTo(Failure.CORRUPT_DATA);
    }

    @Test
    void a_wrapping_opens_for_its_own_record_alone() throws Exception {
        KeyProvider.Wrapping wrapping = provider.wrap(key, BINDING);

        assertThat(refusal(provider, wrapping, "key/k2"))
                .hasMessageContaining("key/k2")
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.CORRUPT_DATA));
    }

    @Test
    void after_a_new_master_key_old_wrappings_open_and_new_ones_are_by_the_new_one() throws Exception {
        KeyProvider.Wrapping old = provider.wrap(key, BINDING);
        MasterKeyFile.addKey(file);
        KeyProvider.Wrapping fresh = provider.wrap(key, BINDING);

        assertThat(fresh.masterKey()).isEqualTo(provider.currentMasterKey()).isNotEqualTo(old.masterKey());
        for (KeyProvider.Wrapping wrapping : Set.of(old, fresh)) {
            try (Secret again = provider.unwrap(wrapping, BINDING)) {
                assertThat(again.matches(key)).isTrue();
            }
        }
    }

    @Test
    void another_file_opens_nothing_and_says_which_master_key_is_missing() throws Exception {
        KeyProvider.Wrapping wrapping = provider.wrap(key, BINDING);
        Path other = directory.resolve("other");
        MasterKeyFile.create(other);

        assertThat(refusal(KeyProvider.file(other), wrapping, BINDING))
                .hasMessageContaining(wrapping.masterKey())
                .hasMessageContaining(other.toString())
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.BAD_CREDENTIALS));
    }

    @Test
    void a_file_is_never_written_over_and_never_made_in_passing() throws Exception {
        byte[] before = Files.readAllBytes(file);
        Path missing = directory.resolve("missing");

        assertThat(catchThrowableOfType(DriverException.class, () -> MasterKeyFile.create(file))
                        .failure())
                .isEqualTo(Failure.EXISTS_DIFFERENTLY);
        assertThat(catchThrowableOfType(
                                DriverException.class,
                                () -> KeyProvider.file(missing).wrap(key, BINDING))
                        .failure())
                .isEqualTo(Failure.NOT_FOUND);
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        assertThat(missing).doesNotExist();
    }

    @Test
    void a_file_that_others_may_read_is_refused_and_its_own_is_for_its_owner_alone() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));

        DriverException e = catchThrowableOfType(DriverException.class, () -> provider.wrap(key, BINDING));

        assertThat(e).hasMessageContaining("rw-r-----").hasMessageContaining("chmod 600");
        assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hvkit master keys 1\n", "hvkit master keys 2\nAAAA\n", "-----BEGIN KEY-----\n"})
    void another_file_is_refused_and_nothing_of_it_is_quoted(String text) throws Exception {
        Files.writeString(file, text);

        DriverException e = catchThrowableOfType(DriverException.class, () -> provider.currentMasterKey());

        assertThat(e.failure()).isEqualTo(Failure.CORRUPT_DATA);
        assertThat(e.getMessage()).doesNotContain("AAAA", "BEGIN");
    }

    @Test
    void a_file_that_was_cut_anywhere_is_refused() throws Exception {
        MasterKeyFile.addKey(file);
        byte[] whole = Files.readAllBytes(file);
        int oneKey = (whole.length + "hvkit master keys 1\n".length()) / 2;
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            if (length != oneKey) {
                assertThat(catchThrowableOfType(DriverException.class, () -> provider.currentMasterKey())
                                .failure())
                        .as("cut after %d bytes", length)
                        .isEqualTo(Failure.CORRUPT_DATA);
            }
        }
    }

    @Test
    void what_a_crash_left_of_a_new_key_does_not_stop_the_next_one() throws IOException, InterruptedException {
        Files.writeString(directory.resolve("kek.new"), "half");
        String before = provider.currentMasterKey();

        MasterKeyFile.addKey(file);

        assertThat(provider.currentMasterKey()).isNotEqualTo(before);
        assertThat(directory.resolve("kek.new")).doesNotExist();
    }

    @Test
    void of_many_who_add_a_key_at_once_none_writes_over_anothers() throws Exception {
        AtomicInteger added = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(new Thread(() -> {
                for (int j = 0; j < 20; j++) {
                    try {
                        MasterKeyFile.addKey(file);
                        added.incrementAndGet();
                    } catch (DriverException e) {
                        assertThat(e.failure()).isEqualTo(Failure.OPERATION_PENDING);
                    }
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(added.get()).isPositive();
        assertThat(Files.readAllLines(file)).hasSize(1 + 1 + added.get());
    }

    @Test
    void nothing_of_a_master_key_is_in_its_name_or_in_a_wrapping() throws Exception {
        String text = Files.readString(file).lines().skip(1).findFirst().orElseThrow();
        KeyProvider.Wrapping wrapping = provider.wrap(key, BINDING);

        assertThat(wrapping.toString()).doesNotContain(text);
        assertThat(provider.toString()).doesNotContain(text);
        assertThat(new String(wrapping.bytes().bytes(), StandardCharsets.ISO_8859_1))
                .doesNotContain(key.<String, RuntimeException>withArray(
                        bytes -> new String(bytes, StandardCharsets.ISO_8859_1)));
    }

    @Test
    void a_provider_without_a_file_of_its_own_refuses_wrappings_of_another_kind() throws Exception {
        try (Secret password = Secret.copyOf("a password of people".getBytes(StandardCharsets.UTF_8));
                KeyProvider other = KeyProvider.password(password, "cloud-1")) {
            KeyProvider.Wrapping wrapping = other.wrap(key, BINDING);

            assertThat(refusal(provider, wrapping, BINDING).failure()).isEqualTo(Failure.BAD_CREDENTIALS);
        }
    }

    @Test
    void no_name_is_too_odd_to_be_refused_clearly() {
        for (String name : Set.of("", "file:", "file:0", "x")) {
            assertThatThrownBy(() ->
                            provider.unwrap(new KeyProvider.Wrapping(name, WrappedBytes.of(new byte[64])), BINDING))
                    .isInstanceOf(DriverException.class)
                    .hasMessageContaining("which is not in");
        }
    }

    private static DriverException refusal(KeyProvider provider, KeyProvider.Wrapping wrapping, String binding) {
        return catchThrowableOfType(DriverException.class, () -> provider.unwrap(wrapping, binding));
    }
}
