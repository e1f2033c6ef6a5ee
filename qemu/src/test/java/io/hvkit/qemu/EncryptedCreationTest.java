package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Secret;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Which images are made without a program. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EncryptedCreationTest {

    private static final ByteSize SIZE = ByteSize.gibibytes(10);
    private static final Path PATH = Path.of("/images/disk");

    @Test
    void usual_images_with_a_random_key_are() {
        try (Secret key = Secret.random()) {
            for (Image image : encrypted(key)) {
                CreateRequest request = CreateRequest.of(image, SIZE);
                assertThat(suits(request)).isTrue();
                assertThat(suits(request.hashedWith(LuksHash.SHA256))).isTrue();
                assertThat(suits(request.encryptedWith(LuksCipher.AES_256_XTS))).isTrue();
            }
            for (int kibibytes : new int[] {64, 128, 2048}) {
                assertThat(suits(qcow2(key, clusters(kibibytes)))).isTrue();
            }
        }
    }

    @Test
    void a_key_that_a_person_may_have_chosen_is_left_to_the_program_and_its_slow_derivation() {
        try (Secret key = Disks.key("0123456789abcdefghijklmnopqrstuvwxyzABCDEFG")) {
            for (Image image : encrypted(key)) {
                assertThat(suits(CreateRequest.of(image, SIZE))).isFalse();
            }
        }
    }

    @Test
    void what_is_not_usual_is_left_to_the_program() {
        try (Secret key = Secret.random()) {
            for (Image image : encrypted(key)) {
                CreateRequest request = CreateRequest.of(image, SIZE);
                assertThat(suits(request.encryptedWith(LuksCipher.AES_128_XTS))).isFalse();
                assertThat(suits(request.hashedWith(LuksHash.SHA512))).isFalse();
                assertThat(suits(request.preallocated(Preallocation.FALLOC))).isFalse();
                assertThat(suits(request.preallocated(Preallocation.FULL))).isFalse();
            }
            Qcow2Layout standard = Qcow2Layout.standard();
            for (Qcow2Layout layout : List.of(
                    clusters(32),
                    standard.withVersion(Qcow2Layout.Version.V2),
                    standard.withSubClusters(),
                    standard.withRefcountBits(8),
                    standard.withLazyRefcounts(),
                    Qcow2Layout.COMPACT)) {
                assertThat(suits(qcow2(key, layout))).as("%s", layout).isFalse();
            }
            assertThat(suits(CreateRequest.of(Image.raw(PATH), SIZE))).isFalse();
            assertThat(suits(CreateRequest.of(Image.qcow2(PATH), SIZE))).isFalse();
        }
    }

    @Test
    void a_size_that_the_format_does_not_hold_is_left_to_the_program_to_refuse() {
        ByteSize most = ByteSize.bytes(Long.MAX_VALUE).roundedDownTo(ByteSize.bytes(512));
        ByteSize largest = ByteSize.tebibytes(2048);
        try (Secret key = Secret.random()) {
            for (Image image : encrypted(key)) {
                assertThat(suits(CreateRequest.of(image, most))).isFalse();
            }
            Image qcow2 = Image.qcow2(PATH).unlockedBy(key);
            assertThat(suits(CreateRequest.of(qcow2, largest))).isTrue();
            assertThat(suits(CreateRequest.of(qcow2, largest.plus(ByteSize.bytes(512)))))
                    .isFalse();
        }
    }

    @Test
    void the_files_of_another_host_are_left_to_the_program() {
        HostFiles other = (HostFiles) Proxy.newProxyInstance(
                HostFiles.class.getClassLoader(), new Class<?>[] {HostFiles.class}, (proxy, method, arguments) -> {
                    throw new AssertionError("nothing is asked of them: " + method);
                });
        try (Secret key = Secret.random()) {
            CreateRequest request = CreateRequest.of(Image.luks(PATH).unlockedBy(key), SIZE);

            assertThat(EncryptedCreation.suits(other, request)).isFalse();
        }
    }

    private static List<Image> encrypted(Secret key) {
        return List.of(Image.luks(PATH).unlockedBy(key), Image.qcow2(PATH).unlockedBy(key));
    }

    private static Qcow2Layout clusters(int kibibytes) {
        return Qcow2Layout.standard().withClusterSize(ByteSize.kibibytes(kibibytes));
    }

    private static CreateRequest qcow2(Secret key, Qcow2Layout layout) {
        return CreateRequest.of(Image.qcow2(PATH).unlockedBy(key), SIZE).laidOutAs(layout);
    }

    private static boolean suits(CreateRequest request) {
        return EncryptedCreation.suits(HostFiles.local(), request);
    }
}
