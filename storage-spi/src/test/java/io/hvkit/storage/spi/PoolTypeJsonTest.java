package io.hvkit.storage.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hvkit.core.ImageFormat;
import io.hvkit.storage.spi.EncryptionSupport.HeaderWriter;
import io.hvkit.storage.spi.EncryptionSupport.HypervisorLuks;
import io.hvkit.storage.spi.EncryptionSupport.LuksVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PoolTypeJsonTest {

    @Test
    void a_type_is_written_in_full_and_in_ascii() {
        assertThat(StoragePoolType.POWERFLEX.shownAs("Flex\"ß").toJson())
                .isEqualTo("{\"id\":\"powerflex\",\"displayName\":\"Flex\\\"\\u00df\",\"aliases\":[\"scaleio\"],"
                        + "\"traits\":[\"SHARED\",\"BLOCK_DEVICES\",\"OVERPROVISIONS\"],"
                        + "\"encryption\":{\"by\":\"HYPERVISOR_LUKS\",\"versions\":"
                        + "{\"QCOW2\":[\"LUKS1\"],\"LUKS\":[\"LUKS1\"]},\"headers\":[\"END_POINT\"]}}");
    }

    @RepeatedTest(100)
    void whatever_is_written_is_read_back() {
        long seed = new Random().nextLong();
        StoragePoolType type = random(new Random(seed));

        StoragePoolType read = StoragePoolType.fromJson(type.toJson());

        assertThat(read.toJson()).as("seed %d", seed).isEqualTo(type.toJson());
        assertThat(read.displayName()).isEqualTo(type.displayName());
        assertThat(read.aliases()).isEqualTo(type.aliases());
        assertThat(read.traits()).isEqualTo(type.traits());
        assertThat(read.encryption()).isEqualTo(type.encryption());
    }

    @Test
    void what_a_newer_release_added_is_left_out_and_never_taken_for_encryption() {
        StoragePoolType read = StoragePoolType.fromJson("""
                { "id" : "x", "displayName" : "X", "colour" : [ true, null, {} ], "traits" : [ "SHARED", "TELEPORTS" ],
                  "encryption" : { "by" : "HYPERVISOR_LUKS", "versions" : { "HOLOGRAM" : [ "LUKS1" ], "LUKS" : [ "LUKS3" ] } } }
                """);

        assertThat(read.traits()).containsExactly(PoolTrait.SHARED);
        assertThat(read.encryption()).isEqualTo(EncryptionSupport.none());
        assertThat(encryption("{\"by\":\"DEMONS\"}")).isEqualTo(EncryptionSupport.none());
        assertThat(encryption("{\"by\":\"HYPERVISOR_LUKS\"}")).isEqualTo(EncryptionSupport.none());
        assertThat(encryption("{\"by\":\"STORAGE_NATIVE\"}")).isEqualTo(EncryptionSupport.storageNative());
        assertThat(StoragePoolType.fromJson("{\"id\":\"x\",\"displayName\":\"X\"}")
                        .encryption())
                .isEqualTo(EncryptionSupport.none());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"id\":\"x\"}",
                "{\"id\":7,\"displayName\":\"X\"}",
                "{\"id\":\"X\",\"displayName\":\"X\"}",
                "{\"id\":\"x\",\"displayName\":\"X\",\"traits\":\"SHARED\"}",
                "{\"id\":\"x\",\"displayName\":\"X\",\"traits\":[7]}",
                "{\"id\":\"x\",\"displayName\":\"X\",\"encryption\":\"LUKS\"}",
                "{\"id\":\"x\",\"displayName\":\"X\",\"encryption\":{}}",
                "{\"id\":\"x\",\"displayName\":\"X\",\"encryption\":{\"by\":\"HYPERVISOR_LUKS\",\"versions\":[]}}",
                "{\"id\":\"x\",\"displayName\":\"X\",\"traits\":[\"SHARED\",\"LOCAL\"]}"
            })
    void what_is_no_type_is_refused_with_the_place(String json) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StoragePoolType.fromJson(json))
                .withMessageMatching("(?s).*(JSON|pool id|pool type).*");
    }

    @Test
    void encryption_says_which_formats_and_versions_it_is_for() {
        HypervisorLuks both = EncryptionSupport.hypervisorLuks(LuksVersion.LUKS1, ImageFormat.QCOW2)
                .and(LuksVersion.LUKS2, ImageFormat.LUKS)
                .and(LuksVersion.LUKS1, ImageFormat.LUKS);

        assertThat(both.versions())
                .isEqualTo(Map.of(
                        ImageFormat.QCOW2,
                        Set.of(LuksVersion.LUKS1),
                        ImageFormat.LUKS,
                        Set.of(LuksVersion.LUKS1, LuksVersion.LUKS2)));
        assertThat(both.formatsWithKey()).containsExactly(ImageFormat.QCOW2, ImageFormat.LUKS);
        assertThat(both.words()).containsExactly("QCOW2: [LUKS1]", "LUKS: [LUKS1, LUKS2]");
        assertThat(EncryptionSupport.storageNative().formatsWithKey()).isEmpty();
        assertThat(EncryptionSupport.none().words()).containsExactly("none");
    }

    @Test
    void encryption_that_cannot_be_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EncryptionSupport.hypervisorLuks(LuksVersion.LUKS1, ImageFormat.VMDK));
        assertThatIllegalArgumentException().isThrownBy(() -> new HypervisorLuks(Map.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> new HypervisorLuks(Map.of(ImageFormat.LUKS, Set.of())));
    }

    private static EncryptionSupport encryption(String json) {
        return StoragePoolType.fromJson("{\"id\":\"x\",\"displayName\":\"X\",\"encryption\":" + json + "}")
                .encryption();
    }

    private static StoragePoolType random(Random random) {
        List<PoolTrait> traits = new ArrayList<>(List.of(PoolTrait.values()));
        traits.remove(random.nextBoolean() ? PoolTrait.SHARED : PoolTrait.LOCAL);
        traits.remove(random.nextBoolean() ? PoolTrait.FILES : PoolTrait.BLOCK_DEVICES);
        traits.removeIf(trait -> random.nextBoolean());
        LuksVersion version = random.nextBoolean() ? LuksVersion.LUKS1 : LuksVersion.LUKS2;
        List<EncryptionSupport> supports = List.of(
                EncryptionSupport.none(),
                EncryptionSupport.storageNative(),
                EncryptionSupport.hypervisorLuks(version, ImageFormat.LUKS),
                EncryptionSupport.hypervisorLuks(version, ImageFormat.LUKS).withHeaderBy(HeaderWriter.END_POINT),
                EncryptionSupport.hypervisorLuks());
        return StoragePoolType.named("t" + random.nextInt(1000), "n\"\\é界" + random.nextInt())
                .alsoKnownAs("alias " + random.nextInt(3), "ä" + random.nextInt(3))
                .having(traits.toArray(PoolTrait[]::new))
                .encryptedBy(supports.get(random.nextInt(supports.size())));
    }
}
