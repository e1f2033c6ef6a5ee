package io.hvkit.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.ByteArrayOutputStream;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SecretTest {

    private static final String TEXT = "correct horse battery staple";

    @Test
    void a_random_secret_has_256_bits_in_characters_that_all_tools_read_alike() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            try (Secret secret = Secret.random()) {
                assertThat(text(secret)).matches("[A-Za-z0-9_-]{43}");
                assertThat(secret.length() % 16).as("no multiple of 16").isNotZero();
                assertThat(secret.strength()).isEqualTo(Secret.Strength.RANDOM);
                assertThat(secret.isText()).isTrue();
                seen.add(text(secret));
            }
        }
        assertThat(seen).hasSize(1000);
    }

    @Test
    void what_a_person_chose_does_not_count_as_random() {
        try (Secret chosen = secret(TEXT)) {
            assertThat(chosen.strength()).isEqualTo(Secret.Strength.UNKNOWN);
        }
        assertThatIllegalArgumentException().isThrownBy(() -> Secret.copyOfRandom(new byte[31]));
    }

    @Test
    void a_closed_secret_is_wiped_and_refuses_work() {
        Secret secret = secret(TEXT);
        ByteBuffer kept = secret.use(bytes -> bytes); // what nobody should do, to see what is left
        secret.close();
        secret.close();

        byte[] left = new byte[kept.remaining()];
        kept.get(left);
        assertThat(left).hasSize(TEXT.length()).containsOnly(0);
        assertThatIllegalStateException().isThrownBy(() -> secret.use(ByteBuffer::remaining));
        assertThatIllegalStateException().isThrownBy(secret::copy);
    }

    @Test
    void a_lent_array_is_wiped_when_its_use_ends_however_it_ends() {
        try (Secret secret = secret(TEXT)) {
            byte[] kept = secret.withArray(bytes -> bytes);
            assertThat(kept).containsOnly(0);

            byte[][] lost = new byte[1][];
            assertThatIllegalStateException()
                    .isThrownBy(() -> secret.<Void, RuntimeException>withArray(bytes -> {
                        lost[0] = bytes;
                        throw new IllegalStateException("use failed");
                    }));
            assertThat(lost[0]).containsOnly(0);
        }
    }

    @Test
    void lent_bytes_cannot_be_changed() {
        try (Secret secret = secret(TEXT)) {
            assertThat(secret.<Boolean, RuntimeException>use(bytes -> {
                        try {
                            bytes.put(0, (byte) 1);
                            return true;
                        } catch (ReadOnlyBufferException e) {
                            return false;
                        }
                    }))
                    .isFalse();
            assertThat(text(secret)).isEqualTo(TEXT);
        }
    }

    @Test
    void it_is_never_printed_compared_or_serialised() throws Exception {
        try (Secret one = secret(TEXT);
                Secret other = secret(TEXT);
                ObjectOutputStream out = new ObjectOutputStream(new ByteArrayOutputStream())) {
            assertThat(one).hasToString("Secret[redacted]").isNotEqualTo(other);
            assertThatExceptionOfType(NotSerializableException.class).isThrownBy(() -> out.writeObject(one));
        }
    }

    @Test
    void equal_bytes_match_and_others_do_not() {
        try (Secret one = secret(TEXT);
                Secret same = one.copy();
                Secret longer = secret(TEXT + "r");
                Secret prefix = secret("c");
                Secret other = secret(TEXT.replace('e', 'f'))) {
            assertThat(one.matches(same)).isTrue();
            assertThat(one.matches(longer)).isFalse();
            assertThat(longer.matches(one)).isFalse();
            assertThat(one.matches(prefix)).isFalse();
            assertThat(one.matches(other)).isFalse();
        }
    }

    @Test
    void a_copy_lives_on_its_own() {
        Secret one = secret(TEXT);
        try (Secret copy = one.copy()) {
            one.close();
            assertThat(text(copy)).isEqualTo(TEXT);
        }
    }

    @Test
    void empty_and_overlong_secrets_are_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Secret.copyOf(new byte[0]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Secret.copyOf(new byte[513]))
                .withMessageContaining("512");
        try (Secret longest = Secret.copyOf("x".repeat(512).getBytes(StandardCharsets.US_ASCII))) {
            assertThat(longest.length()).isEqualTo(512);
        }
    }

    @Test
    void what_qemu_would_cut_or_refuse_is_no_text() {
        assertThat(isText(new byte[] {'a', 0, 'b'})).isFalse();
        assertThat(isText(new byte[] {(byte) 0xff})).isFalse();
        assertThat(isText(new byte[] {'a', (byte) 0xc3})).as("a cut character").isFalse();
        assertThat(isText("größe\n€😀".getBytes(StandardCharsets.UTF_8))).isTrue();
    }

    @Test
    void closing_waits_for_a_use_under_way() throws Exception {
        Secret secret = secret(TEXT);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<String> use = threads.submit(() -> secret.<String, Exception>use(bytes -> {
                inside.countDown();
                goOn.await();
                return StandardCharsets.UTF_8.decode(bytes).toString();
            }));
            inside.await();
            Future<?> close = threads.submit(secret::close);
            goOn.countDown();

            assertThat(use.get(30, TimeUnit.SECONDS)).isEqualTo(TEXT);
            assertThat(close.get(30, TimeUnit.SECONDS)).isNull();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void closing_inside_its_own_use_is_refused() {
        Secret secret = secret(TEXT);

        assertThatIllegalStateException()
                .isThrownBy(() -> secret.<Integer, RuntimeException>use(bytes -> {
                    secret.close();
                    return bytes.remaining();
                }));

        assertThat(text(secret)).isEqualTo(TEXT);
        secret.close();
    }

    private static boolean isText(byte[] bytes) {
        try (Secret secret = Secret.copyOf(bytes)) {
            return secret.isText();
        }
    }

    private static Secret secret(String text) {
        return Secret.copyOf(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Secret secret) {
        return secret.use(bytes -> StandardCharsets.UTF_8.decode(bytes).toString());
    }
}
