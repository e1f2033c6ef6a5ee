package io.hvkit.qemu.internal.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LuksCryptographyTest {

    private static final HexFormat HEX = HexFormat.of();

    /** RFC 7914, section 11. */
    @ParameterizedTest
    @CsvSource({
        "passwd, salt, 1, 55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
                + "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
        "Password, NaCl, 80000, 4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
                + "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"
    })
    void keys_are_derived_as_others_derive_them(String passphrase, String salt, int iterations, String expected)
            throws Exception {
        byte[] derived = new byte[64];
        Pbkdf2.derive(ascii(passphrase), ascii(salt), iterations, derived);

        assertThat(HEX.formatHex(derived)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 43, 63, 64, 65, 512})
    void keys_of_any_length_are_derived_as_java_derives_them_from_characters(int length) throws Exception {
        String passphrase = "k".repeat(length - 1) + "-";
        byte[] salt = new byte[32];
        new Random(length).nextBytes(salt);
        for (int bytes : new int[] {20, 32, 33, 64}) {
            byte[] derived = new byte[bytes];
            Pbkdf2.derive(ascii(passphrase), salt, 7, derived);

            assertThat(derived)
                    .isEqualTo(SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                            .generateSecret(new PBEKeySpec(passphrase.toCharArray(), salt, 7, bytes * 8))
                            .getEncoded());
        }
    }

    /** IEEE 1619-2018, annex B, vector 10, whose sector has number 255: alone, and with 255 sectors before it. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 32, 33, 255})
    void sectors_are_encrypted_as_the_standard_says_wherever_they_lie(int before) {
        byte[] key = HEX.parseHex("2718281828459045235360287471352662497757247093699959574966967627"
                + "3141592653589793238462643383279502884197169399375105820974944592");
        int at = 3 + before * 512;
        byte[] bytes = new byte[at + 512 + 5];
        Arrays.fill(bytes, 0, 3, (byte) 7);
        for (int i = 0; i < 512; i++) {
            bytes[at + i] = (byte) i;
        }
        byte[] plain = bytes.clone();
        try (AesXts encrypting = AesXts.encrypting(key);
                AesXts decrypting = AesXts.decrypting(key)) {
            encrypting.run(bytes, 3, (before + 1) * 512, 255 - before);

            assertThat(HEX.formatHex(bytes, at, at + 32))
                    .isEqualTo("1c3b3a102f770386e4836c99e370cf9bea00803f5e482357a4ae12d414a3e63b");
            assertThat(Arrays.copyOf(bytes, 3)).containsOnly(7);
            assertThat(Arrays.copyOfRange(bytes, at + 512, bytes.length)).containsOnly(0);
            decrypting.run(bytes, 3, (before + 1) * 512, 255 - before);
        }
        assertThat(bytes).isEqualTo(plain);
    }

    @Test
    void sectors_have_numbers_of_64_bits_and_a_closed_cipher_holds_no_key() {
        byte[] key = new byte[64];
        new Random(5).nextBytes(key);
        byte[] low = new byte[512];
        byte[] high = new byte[512];
        try (AesXts xts = AesXts.encrypting(key)) {
            xts.run(low, 0, 512, 7);
            xts.run(high, 0, 512, (1L << 32) + 7);
            assertThat(high).isNotEqualTo(low);
            assertThatExceptionOfType(IllegalArgumentException.class)
                    .isThrownBy(() -> xts.run(new byte[600], 0, 600, 0));
        }
        AesXts closed = AesXts.encrypting(key);
        closed.close();
        AesXts zeroes = AesXts.encrypting(new byte[64]);
        byte[] one = new byte[512];
        byte[] other = new byte[512];
        closed.run(one, 0, 512, 7);
        zeroes.run(other, 0, 512, 7);
        assertThat(one).isEqualTo(other);
    }

    @Test
    void a_spread_key_is_found_again_and_lost_with_any_of_its_bits() throws Exception {
        AntiForensicSplitter splitter = new AntiForensicSplitter(64, 40);
        byte[] key = new byte[64];
        Random random = new Random(11);
        random.nextBytes(key);
        byte[] split = splitter.split(key, new SecureRandom());

        assertThat(split).hasSize(64 * 40);
        assertThat(splitter.merge(split)).isEqualTo(key);
        assertThat(splitter.split(key, new SecureRandom())).isNotEqualTo(split);
        for (int i = 0; i < 100; i++) {
            byte[] broken = split.clone();
            broken[random.nextInt(broken.length)] ^= (byte) (1 << random.nextInt(8));
            assertThat(splitter.merge(broken)).isNotEqualTo(key);
        }
        assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> new AntiForensicSplitter(48, 4000));
    }

    @Test
    void a_header_opens_with_its_passphrase_and_with_no_other() {
        byte[] passphrase = ascii("0123456789abcdefghijklmnopqrstuvwxyzABCDEFG");
        byte[] header = new Luks1HeaderWriter().header(passphrase);

        assertThat(header).hasSize(Luks1HeaderWriter.WRITTEN_BYTES);
        assertThat(Luks1Trial.opens(header, passphrase)).isTrue();
        assertThat(passphrase).as("lent").isEqualTo(ascii("0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"));
        passphrase[42] ^= 1;
        assertThat(Luks1Trial.opens(header, passphrase)).isFalse();
        passphrase[42] ^= 1;
        assertThat(Luks1Trial.opens(header, Arrays.copyOf(passphrase, 42))).isFalse();
        header[Luks1HeaderWriter.WRITTEN_BYTES - 1] ^= 1;
        assertThat(Luks1Trial.opens(header, passphrase)).isFalse();
    }

    @Test
    void a_free_slot_is_filled_so_that_both_passphrases_open_the_same_key_whatever_cuts_it_short() {
        byte[] first = ascii("0123456789abcdefghijklmnopqrstuvwxyzABCDEFG");
        byte[] second = ascii("another-0123456789abcdefghijklmnopqrstuvwxy");
        byte[] header = Arrays.copyOf(new Luks1HeaderWriter().header(first), Luks1HeaderWriter.PAYLOAD_OFFSET);
        byte[] master = Luks1Trial.masterKey(header, first).orElseThrow();
        assertThat(Luks1Trial.masterKey(header, second)).isEmpty();

        Luks1SlotWriter.Filling filling =
                new Luks1SlotWriter(header).fill(first, second).orElseThrow();
        for (int step = 0; step <= 3; step++) {
            byte[] cut = header.clone();
            if (step > 0) {
                put(cut, filling.materialAt(), filling.material());
            }
            if (step > 1) {
                put(cut, filling.fieldsAt(), filling.fields());
            }
            if (step > 2) {
                put(cut, filling.stateAt(), filling.state());
            }
            assertThat(Luks1Trial.masterKey(cut, first))
                    .as("cut after %s", step)
                    .hasValue(master);
            assertThat(Luks1Trial.masterKey(cut, second).isPresent())
                    .as("cut after %s", step)
                    .isEqualTo(step == 3);
            if (step == 3) {
                assertThat(Luks1Trial.masterKey(cut, second)).hasValue(master);
                assertThat(new Luks1SlotWriter(cut)
                                .fill(second, first)
                                .orElseThrow()
                                .slot())
                        .isEqualTo(2);
            }
        }
    }

    @Test
    void no_slot_is_filled_with_a_wrong_key_or_where_it_would_hurt_another() {
        byte[] first = ascii("0123456789abcdefghijklmnopqrstuvwxyzABCDEFG");
        byte[] second = ascii("another-0123456789abcdefghijklmnopqrstuvwxy");
        byte[] header = Arrays.copyOf(new Luks1HeaderWriter().header(first), Luks1HeaderWriter.PAYLOAD_OFFSET);
        assertThat(new Luks1SlotWriter(header).fill(second, first)).isEmpty();
        // there is room for slot 0 alone
        assertThat(new Luks1SlotWriter(Arrays.copyOf(header, Luks1HeaderWriter.WRITTEN_BYTES)).fill(first, second))
                .isEmpty();
        byte[] overlapping = header.clone();
        for (int slot = 1; slot < 8; slot++) { // all of them say that they lie where slot 0 does, or behind the header
            int at = 208 + 48 * slot + 40;
            System.arraycopy(slot < 4 ? new byte[] {0, 0, 0, 9} : new byte[] {0, 1, 0, 0}, 0, overlapping, at, 4);
        }
        assertThat(new Luks1SlotWriter(overlapping).fill(first, second)).isEmpty();
    }

    @Test
    void a_slot_is_erased_so_that_the_other_key_opens_the_volume_at_every_moment_and_who_comes_later_goes_on() {
        byte[] first = ascii("0123456789abcdefghijklmnopqrstuvwxyzABCDEFG");
        byte[] second = ascii("another-0123456789abcdefghijklmnopqrstuvwxy");
        byte[] header = Arrays.copyOf(new Luks1HeaderWriter().header(first), Luks1HeaderWriter.PAYLOAD_OFFSET);
        Luks1SlotWriter.Filling filling =
                new Luks1SlotWriter(header).fill(first, second).orElseThrow();
        put(header, filling.materialAt(), filling.material());
        put(header, filling.fieldsAt(), filling.fields());
        put(header, filling.stateAt(), filling.state());
        Luks1SlotEraser.Erasing erasing = new Luks1SlotEraser(header)
                .erase(new TreeSet<>(Set.of(0)), second)
                .orElseThrow()
                .get(0);
        int steps = erasing.patches().size();
        for (int step = 0; step <= steps; step++) {
            byte[] cut = header.clone();
            erasing.patches().subList(0, step).forEach(patch -> put(cut, patch.at(), patch.bytes()));

            assertThat(Luks1Trial.slots(cut, second)).as("cut after %s", step).containsExactly(1);
            assertThat(Luks1Trial.slots(cut, first).isEmpty())
                    .as("cut after %s", step)
                    .isEqualTo(step > 0);
            boolean isUnfinished = !new Luks1SlotEraser(cut).unfinished().isEmpty();
            assertThat(isUnfinished).as("cut after %s", step).isEqualTo(step == 1 || step == 2);
        }
        byte[] erased = header.clone();
        erasing.patches().forEach(patch -> put(erased, patch.at(), patch.bytes()));
        byte[] old = Arrays.copyOfRange(header, 4096, 4096 + 256_000);
        byte[] now = Arrays.copyOfRange(erased, 4096, 4096 + 256_000);
        for (int at = 0; at < old.length; at += 64) {
            assertThat(Arrays.equals(old, at, at + 64, now, at, at + 64))
                    .as("material at %s", at)
                    .isFalse();
        }
        assertThat(Arrays.copyOfRange(erased, 208, 248)).isEqualTo(HEX.parseHex("0000dead" + "00".repeat(36)));
        assertThat(Arrays.equals(header, 4096 + 258_048, header.length, erased, 4096 + 258_048, header.length))
                .as("the other slot's material")
                .isTrue();
    }

    @Test
    void the_last_slot_that_a_key_opens_is_not_erased_and_neither_is_one_that_lies_in_another() {
        byte[] first = ascii("0123456789abcdefghijklmnopqrstuvwxyzABCDEFG");
        byte[] second = ascii("another-0123456789abcdefghijklmnopqrstuvwxy");
        byte[] header = Arrays.copyOf(new Luks1HeaderWriter().header(first), Luks1HeaderWriter.PAYLOAD_OFFSET);
        TreeSet<Integer> zero = new TreeSet<>(Set.of(0));
        assertThat(new Luks1SlotEraser(header).erase(zero, first)).isEmpty();
        assertThat(new Luks1SlotEraser(header).erase(zero, second)).isEmpty();
        byte[] overlapping = header.clone();
        System.arraycopy(new byte[] {0, 0, 0, 9}, 0, overlapping, 208 + 48 + 40, 4); // slot 1 lies in slot 0
        assertThat(new Luks1SlotEraser(overlapping).erase(new TreeSet<>(Set.of(1)), first))
                .isEmpty();
    }

    @Test
    void the_mark_and_the_state_of_every_slot_lie_within_a_sector_each_and_half_a_material_is_known_as_unfinished() {
        byte[] first = ascii("0123456789abcdefghijklmnopqrstuvwxyzABCDEFG");
        byte[] header = Arrays.copyOf(new Luks1HeaderWriter().header(first), Luks1HeaderWriter.PAYLOAD_OFFSET);
        for (int slot = 1; slot < 8; slot++) {
            put(header, 208 + 48 * slot, ByteBuffer.wrap(HEX.parseHex("00ac71f3000003e8")));
            Luks1SlotEraser.Erasing erasing = new Luks1SlotEraser(header)
                    .erase(new TreeSet<>(Set.of(slot)), first)
                    .orElseThrow()
                    .get(0);
            Luks1SlotEraser.Patch mark = erasing.patches().get(0);
            Luks1SlotEraser.Patch material = erasing.patches().get(1);
            Luks1SlotEraser.Patch state = erasing.patches().get(2);
            assertThat(mark.at() / 512).isEqualTo((mark.at() + mark.bytes().remaining() - 1) / 512);
            assertThat(state.at() / 512).isEqualTo((state.at() + state.bytes().remaining() - 1) / 512);

            put(header, mark.at(), mark.bytes());
            put(header, material.at(), material.bytes().duplicate().limit(100_000));
            assertThat(new Luks1SlotEraser(header).unfinished()).contains(slot);
            assertThat(Luks1Trial.slots(header, first)).containsExactly(0);
        }
    }

    @Test
    void noise_covers_all_bytes_repeats_nothing_and_is_another_at_each_call() {
        byte[] one = new byte[256_000];
        byte[] other = new byte[256_000];
        Noise.fill(one, new SecureRandom());
        Noise.fill(other, new SecureRandom());
        Set<String> blocks = new HashSet<>();
        int ones = 0;
        for (byte[] noise : new byte[][] {one, other}) {
            for (int at = 0; at < noise.length; at += 16) {
                blocks.add(HEX.formatHex(noise, at, at + 16));
            }
            for (byte b : noise) {
                ones += Integer.bitCount(b & 0xff);
            }
        }

        assertThat(blocks).hasSize(2 * 256_000 / 16);
        assertThat(ones).isBetween(2_040_000, 2_056_000); // half of 4,096,000 bits, and some eight standard deviations
    }

    private static void put(byte[] into, int at, ByteBuffer bytes) {
        bytes.duplicate().get(into, at, bytes.remaining());
    }

    @Test
    void a_key_that_is_destroyed_is_gone_and_none_is_ever_serialised() {
        ErasableKey key = new ErasableKey("AES", ascii("0123456789abcdef"));
        assertThat(key.getEncoded()).isEqualTo(ascii("0123456789abcdef"));
        assertThatExceptionOfType(NotSerializableException.class)
                .isThrownBy(() -> new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(key));

        key.destroy();

        assertThat(key.getEncoded()).containsOnly(0);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
