package io.hvkit.storage.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DiskUuid;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Requests, volumes and what is said of them. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StorageValuesTest {

    private static final ByteSize SIZE = ByteSize.gibibytes(1);

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

    @Test
    void a_volume_lists_the_uuid_that_its_file_carries_and_has_none_unless_it_does() {
        Volume plain = Volume.of(new VolumeId("v"), "v", SIZE, ImageFormat.VMDK);
        DiskUuid uuid = new DiskUuid("60 00 C2 9e a7 e8 26 9c-7d 20 01 02 03 04 05 ff");

        assertThat(plain.diskUuid()).isEmpty();
        assertThat(plain.carrying(uuid).diskUuid()).contains(uuid);
        assertThat(plain.carrying(uuid)).isNotEqualTo(plain);
        assertThat(plain.attestedBy("LUKS1").carrying(uuid))
                .isEqualTo(plain.carrying(uuid).attestedBy("LUKS1"));
        assertThat(plain.carrying(uuid).attestedBy("LUKS1").attestation()).contains("LUKS1");
    }

    @Test
    void a_volume_is_encrypted_with_a_key_or_by_the_storage_and_never_by_both() {
        CreateVolume byStorage = CreateVolume.blank("v", SIZE).encryptedByStorage();

        assertThat(byStorage.format()).isEqualTo(ImageFormat.RAW);
        assertThat(byStorage.encryption()).isEqualTo(VolumeEncryption.BY_STORAGE);
        assertThat(byStorage.key()).isEmpty();
        assertThat(byStorage).isNotEqualTo(CreateVolume.blank("v", SIZE));
        assertThat(byStorage.as(ImageFormat.QCOW2).encryption()).isEqualTo(VolumeEncryption.BY_STORAGE);
        try (Secret key = Secret.random()) {
            assertThatIllegalArgumentException().isThrownBy(() -> byStorage.encryptedBy(key));
            CreateVolume byKey = CreateVolume.blank("v", SIZE).encryptedBy(key);
            assertThatIllegalArgumentException().isThrownBy(byKey::encryptedByStorage);
        }
    }

    @Test
    void numbers_that_cannot_be_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PoolStatistics(SIZE, ByteSize.gibibytes(2), ByteSize.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> new VolumePlan(SIZE, ByteSize.ZERO));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VolumeLimits.none().iops(0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VolumeLimits.none().bandwidth(ByteSize.ZERO));
        assertThat(new PoolStatistics(SIZE, ByteSize.mebibytes(24), SIZE).free())
                .isEqualTo(ByteSize.mebibytes(1000));
    }

    @Test
    void a_verdict_is_told_or_thrown() {
        assertThat(new PoolMigrationVerdict.Moved(new PoolId("q")).orThrow()).isEqualTo(new PoolId("q"));
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> new PoolMigrationVerdict.RolledBack().orThrow());
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> new PoolMigrationVerdict.Failed(Failure.EXHAUSTED, "full").orThrow())
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED));
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> new PoolMigrationVerdict.Vanished("no job").orThrow())
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNKNOWN));
    }
}
