package io.hvkit.storage.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.VolumeId;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests, types and the registry of drivers. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StorageValuesTest {

    private static final ByteSize SIZE = ByteSize.gibibytes(1);
    private static final SpiVersion NOW = new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);

    private record Named(String name, SpiVersion builtAgainst, Set<StoragePoolType> poolTypes)
            implements StorageDriver {

        @Override
        public Set<Option<?>> options() {
            return Set.of();
        }

        @Override
        public StoragePool open(PoolId id, StoragePoolType type, Options options) {
            throw new AssertionError("nobody opens it");
        }
    }

    @Test
    void an_encrypted_raw_volume_is_luks_and_its_key_is_not_compared() {
        try (Secret one = Secret.random();
                Secret other = Secret.random()) {
            CreateVolume request = CreateVolume.blank("v", SIZE).encryptedBy(one);

            assertThat(request.format()).isEqualTo(ImageFormat.LUKS);
            assertThat(request).isEqualTo(CreateVolume.blank("v", SIZE).encryptedBy(other));
            assertThat(request).isNotEqualTo(CreateVolume.blank("v", SIZE).as(ImageFormat.LUKS));
            assertThat(request.toString()).doesNotContain("Secret");
            assertThat(CreateVolume.blank("v", SIZE)
                            .as(ImageFormat.QCOW2)
                            .encryptedBy(one)
                            .format())
                    .isEqualTo(ImageFormat.QCOW2);
        }
    }

    @Test
    void a_volume_that_cannot_be_is_refused_where_it_is_asked_for() {
        assertThatIllegalArgumentException().isThrownBy(() -> CreateVolume.blank("v", ByteSize.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> CreateVolume.blank("v", ByteSize.bytes(513)));
        try (Secret key = Secret.random()) {
            CreateVolume vmdk = CreateVolume.blank("v", SIZE).as(ImageFormat.VMDK);
            assertThatIllegalArgumentException().isThrownBy(() -> vmdk.encryptedBy(key));
            CreateVolume locked = CreateVolume.blank("v", SIZE).encryptedBy(key);
            assertThatIllegalArgumentException().isThrownBy(() -> locked.as(ImageFormat.QCOW2));
        }
    }

    @Test
    void a_volume_is_encrypted_if_its_header_proves_it() {
        Volume plain = Volume.of(new VolumeId("v"), "v", SIZE, ImageFormat.QCOW2);

        assertThat(plain.attestation()).isEmpty();
        assertThat(plain.attestedBy("LUKS1").attestation()).contains("LUKS1");
        assertThat(plain).isNotEqualTo(plain.attestedBy("LUKS1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A", "1a", "a_b", "ä", "a b"})
    void a_pool_types_id_is_lower_case_and_plain(String id) {
        assertThatIllegalArgumentException().isThrownBy(() -> StoragePoolType.named(id));
    }

    @Test
    void pool_types_are_equal_by_id_and_their_traits_do_not_contradict() {
        assertThat(StoragePoolType.named("nfs", PoolTrait.SHARED)).isEqualTo(StoragePoolType.named("nfs"));
        assertThat(StoragePoolType.LOCAL_DIRECTORY.has(PoolTrait.FILES)).isTrue();
        assertThat(StoragePoolType.LOCAL_DIRECTORY.encryption()).isEqualTo(EncryptionSupport.HYPERVISOR_LUKS);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StoragePoolType.named("x", PoolTrait.FILES, PoolTrait.BLOCK_DEVICES));
    }

    @Test
    void a_driver_is_found_by_its_type_and_two_of_one_type_are_refused() {
        StoragePoolType lvm = StoragePoolType.named("lvm");
        StorageDriver one = new Named("one", NOW, Set.of(lvm));
        StorageDriver two = new Named("two", NOW, Set.of(StoragePoolType.named("lvm", PoolTrait.SHARED)));

        assertThat(StorageDrivers.of(List.of(one)).forType(lvm)).isSameAs(one);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StorageDrivers.of(List.of(one, two)))
                .withMessageContaining("one")
                .withMessageContaining("two");
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> StorageDrivers.of(List.of(one)).forType(StoragePoolType.named("nfs")))
                .withMessage("no driver opens nfs pools; there are drivers for [lvm]")
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.UNSUPPORTED));
    }

    @Test
    void a_driver_built_for_another_major_version_is_refused() {
        StorageDriver old = new Named("old", new SpiVersion(SpiVersion.MAJOR + 1, 0), Set.of());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> StorageDrivers.of(List.of(old)))
                .withMessageContaining("old was built against SPI");
    }
}
