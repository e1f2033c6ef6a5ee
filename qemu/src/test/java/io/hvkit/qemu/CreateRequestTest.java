package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CreateRequestTest {

    private static final Path PATH = Path.of("/pool/a");
    private static final ByteSize SIZE = ByteSize.mebibytes(8);

    @Test
    void what_is_not_said_is_left_to_the_format() {
        CreateRequest request = CreateRequest.of(Image.qcow2(PATH), SIZE);

        assertThat(request.size()).contains(SIZE);
        assertThat(request.layout()).isEmpty();
        assertThat(request.preallocation()).isEqualTo(Preallocation.OFF);
        assertThat(CreateOptions.of(request, Optional.empty(), LuksHash.SHA256)).isEmpty();
        assertThat(CreateRequest.of(Image.qcow2(PATH)).size()).isEmpty();
        assertThat(request).isEqualTo(CreateRequest.of(Image.qcow2(PATH), SIZE));
        assertThat(request).hasToString("qcow2 /pool/a of 8 MiB");
    }

    @Test
    void choices_become_options_of_qemu() {
        Qcow2Layout layout = Qcow2Layout.standard()
                .withClusterSize(ByteSize.kibibytes(128))
                .withSubClusters()
                .withLazyRefcounts()
                .withRefcountBits(8)
                .withCompression(Qcow2Layout.Compression.ZSTD);
        CreateRequest request =
                CreateRequest.of(Image.qcow2(PATH), SIZE).laidOutAs(layout).preallocated(Preallocation.METADATA);

        assertThat(CreateOptions.of(request, Optional.empty(), LuksHash.SHA256))
                .contains("compat=1.1,cluster_size=131072,extended_l2=on,refcount_bits=8,lazy_refcounts=on,"
                        + "compression_type=zstd,preallocation=metadata");
        assertThat(options(Image.of(PATH, ImageFormat.VMDK), VmdkLayout.STREAM_OPTIMIZED))
                .isEqualTo("subformat=streamOptimized,adapter_type=lsilogic");
        assertThat(options(Image.of(PATH, ImageFormat.VHD), HardDiskLayout.FIXED))
                .isEqualTo("subformat=fixed,force_size=on");
        assertThat(options(Image.of(PATH, ImageFormat.VHDX), HardDiskLayout.DYNAMIC))
                .isEqualTo("subformat=dynamic");
        assertThat(options(Image.of(PATH, ImageFormat.VDI), HardDiskLayout.FIXED))
                .isEqualTo("static=on");
    }

    @ParameterizedTest
    @EnumSource
    void a_layout_of_another_format_is_refused(ImageFormat format) {
        for (ImageLayout layout : List.of(Qcow2Layout.standard(), VmdkLayout.SPARSE, HardDiskLayout.FIXED)) {
            if (!layout.fits(format)) {
                refused(() -> CreateRequest.of(Image.of(PATH, format), SIZE).laidOutAs(layout));
            }
        }
        assertThat(List.of(Qcow2Layout.standard(), VmdkLayout.SPARSE, HardDiskLayout.FIXED))
                .filteredOn(layout -> layout.fits(format))
                .hasSizeLessThanOrEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void preallocation_that_a_format_lacks_is_refused_with_the_way_out(ImageFormat format) {
        CreateRequest request = CreateRequest.of(Image.of(PATH, format), SIZE);
        if (format != ImageFormat.QCOW2) {
            refused(() -> request.preallocated(Preallocation.METADATA));
        }
        switch (format) {
            case RAW, LUKS, QCOW2 ->
                assertThat(request.preallocated(Preallocation.FULL).preallocation())
                        .isEqualTo(Preallocation.FULL);
            case VHD, VHDX, VDI ->
                assertThat(refused(() -> request.preallocated(Preallocation.FALLOC)))
                        .hasMessageContaining("HardDiskLayout.FIXED");
            case VMDK -> refused(() -> request.preallocated(Preallocation.FALLOC));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 256, 513, 100_000, 4 << 20})
    void clusters_are_powers_of_two_within_bounds(long bytes) {
        refused(() -> Qcow2Layout.standard().withClusterSize(ByteSize.bytes(bytes)));
    }

    @ParameterizedTest
    @ValueSource(ints = {-16, 0, 3, 128, Integer.MIN_VALUE})
    void counters_have_a_power_of_two_of_bits(int bits) {
        refused(() -> Qcow2Layout.standard().withRefcountBits(bits));
    }

    @Test
    void version_2_goes_with_nothing_that_came_later() {
        Qcow2Layout old = Qcow2Layout.standard().withVersion(Qcow2Layout.Version.V2);
        refused(old::withSubClusters);
        refused(old::withLazyRefcounts);
        refused(() -> old.withRefcountBits(8));
        refused(() -> old.withCompression(Qcow2Layout.Compression.ZSTD));
        refused(() -> Qcow2Layout.standard().withSubClusters().withVersion(Qcow2Layout.Version.V2));
        refused(() -> Qcow2Layout.standard().withSubClusters().withClusterSize(ByteSize.kibibytes(8)));
        assertThat(old.withClusterSize(ByteSize.bytes(512)).version()).isEqualTo(Qcow2Layout.Version.V2);
    }

    @Test
    void what_is_decrypted_from_nothing_is_noise() {
        try (Secret key = Secret.random()) {
            CreateRequest encrypted = CreateRequest.of(Image.qcow2(PATH).unlockedBy(key), SIZE);
            assertThat(encrypted.readsAsZeroes()).isTrue();
            assertThat(encrypted.preallocated(Preallocation.METADATA).readsAsZeroes())
                    .isFalse();
            assertThat(CreateRequest.of(Image.luks(PATH).unlockedBy(key), SIZE).readsAsZeroes())
                    .isFalse();
            assertThat(CreateRequest.of(Image.qcow2(PATH), SIZE)
                            .preallocated(Preallocation.FULL)
                            .readsAsZeroes())
                    .isTrue();
        }
    }

    @Test
    void cipher_and_hash_are_for_what_is_encrypted() {
        try (Secret key = Secret.random()) {
            CreateRequest request = CreateRequest.of(Image.luks(PATH).unlockedBy(key), SIZE);
            assertThat(request.cipher()).isEqualTo(LuksCipher.AES_256_XTS);
            assertThat(request.hash()).isEmpty();
            CreateRequest other = request.encryptedWith(LuksCipher.AES_128_XTS).hashedWith(LuksHash.SHA512);
            assertThat(CreateOptions.of(other, Optional.of("key0"), LuksHash.SHA256))
                    .contains("key-secret=key0,cipher-alg=aes-128,cipher-mode=xts,ivgen-alg=plain64,hash-alg=sha512,"
                            + "iter-time=10");
        }
        CreateRequest plain = CreateRequest.of(Image.qcow2(PATH), SIZE);
        refused(() -> plain.encryptedWith(LuksCipher.AES_128_XTS));
        refused(() -> plain.hashedWith(LuksHash.SHA256));
    }

    private static String options(Image image, ImageLayout layout) {
        return CreateOptions.of(CreateRequest.of(image, SIZE).laidOutAs(layout), Optional.empty(), LuksHash.SHA256)
                .orElseThrow();
    }

    private static DriverException refused(Runnable request) {
        DriverException e = catchThrowableOfType(DriverException.class, request::run);
        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        return e;
    }
}
