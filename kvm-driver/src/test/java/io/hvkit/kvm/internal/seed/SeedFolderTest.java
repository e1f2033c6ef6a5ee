package io.hvkit.kvm.internal.seed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.CloudInit;
import io.hvkit.qemu.inspect.UntrustedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where seeds are, who may read them, and which may go. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SeedFolderTest {

    private static final CloudInit CONTENT = CloudInit.of("i-1").userData("password: tomato");

    @TempDir
    private Path parent;

    private Path directory;
    private SeedFolder folder;

    @BeforeEach
    void prepare() {
        directory = parent.resolve("a/seeds");
        folder = new SeedFolder(directory, "h1", Optional.empty());
    }

    @Test
    void a_seed_is_for_its_owner_alone_and_its_folder_is_not_listed_by_others() throws IOException {
        Path seed = folder.write(CONTENT);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(seed)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx--x--x");
        assertThat(SeedFolder.isSeed(seed)).isTrue();
    }

    @Test
    void a_seed_is_a_cd_rom_of_that_label() throws Exception {
        Path seed = folder.write(CONTENT);

        byte[] bytes = Files.readAllBytes(seed);
        assertThat(new String(bytes, 16 * 2048 + 40, 32, StandardCharsets.US_ASCII).strip())
                .isEqualTo("cidata");
        assertThat(new String(bytes, 17 * 2048 + 40, 32, StandardCharsets.UTF_16BE).strip())
                .isEqualTo("cidata");
        assertThat(bytes.length % 2048).isZero();
        assertThat(UntrustedImage.at(seed).inspect().toString()).containsIgnoringCase("iso");
    }

    @Test
    void a_seed_is_compared_with_what_is_asked_for() throws IOException {
        Path seed = folder.write(CONTENT);

        assertThat(folder.holds(seed, CONTENT)).isTrue();
        assertThat(folder.holds(seed, CONTENT.userData("password: potato"))).isFalse();
        assertThat(folder.holds(seed, CONTENT.hostName("h"))).isFalse();
        assertThat(Files.readAllBytes(folder.write(CONTENT))).isEqualTo(Files.readAllBytes(seed));
        Files.delete(seed);
        assertThat(folder.holds(seed, CONTENT)).isFalse();
    }

    @Test
    void what_is_being_made_or_is_anothers_does_not_go() throws IOException {
        Path made = folder.write(CONTENT);
        Path settled = folder.write(CONTENT);
        folder.settle(settled);
        Path elsewhere = new SeedFolder(directory, "h2", Optional.empty()).write(CONTENT);
        Path foreign = Files.writeString(directory.resolve("notes.iso"), "");
        for (Path each : new Path[] {made, elsewhere, foreign}) {
            Files.setLastModifiedTime(each, FileTime.from(Instant.now().minus(Duration.ofDays(1))));
        }

        assertThat(folder.removable()).containsExactly(settled);
    }

    @Test
    void what_a_process_left_that_was_killed_goes_when_nobody_can_be_about_to_use_it() throws IOException {
        Path left = new SeedFolder(directory, "h1", Optional.empty()).write(CONTENT);

        assertThat(folder.removable())
                .as("somebody may be starting its machine")
                .isEmpty();
        Files.setLastModifiedTime(left, FileTime.from(Instant.now().minus(Duration.ofMinutes(11))));
        assertThat(folder.removable()).containsExactly(left);
        folder.remove(left);
        folder.remove(left);
        assertThat(left).doesNotExist();
    }

    @Test
    void a_seed_of_another_process_goes_when_its_machine_is_known_to() {
        Path left = new SeedFolder(directory, "h1", Optional.empty()).write(CONTENT);
        folder.adopt(left);
        folder.adopt(parent.resolve("hvkit-seed-h1-x.iso"));

        assertThat(folder.removable()).containsExactly(left);
    }

    @Test
    void a_folder_that_others_write_to_is_refused_and_nothing_is_left() throws IOException {
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> folder.write(CONTENT))
                .withMessageContaining("seed-directory")
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY));
        assertThat(directory).isEmptyDirectory();
    }
}
