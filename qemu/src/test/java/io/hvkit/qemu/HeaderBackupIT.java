package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HeaderBackupIT {

    @TempDir
    private Path directory;

    private final Secret one = Secret.random();
    private final Secret two = Secret.random();
    private CryptSetup cryptSetup;
    private Path backup;

    @BeforeEach
    void probe() throws Exception {
        cryptSetup = CryptSetup.probe(CommandRunner.local());
        backup = directory.resolve("backup");
    }

    @AfterEach
    void wipe() {
        one.close();
        two.close();
    }

    @ParameterizedTest
    @EnumSource
    void a_backup_is_its_owners_alone_and_brings_a_lost_header_back(LuksType type) throws Exception {
        Path device = formatted(type);
        cryptSetup.backUpHeader(device, backup);
        LuksHeader header = LuksHeader.read(device).orElseThrow();

        assertThat(LuksHeader.read(backup)).contains(header);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(backup)))
                .isEqualTo("r--------");
        assertThat(Disks.names(directory))
                .containsExactlyInAnyOrder("backup", device.getFileName().toString());
        overwrite(device, type.headerSize().bytes());
        assertRefused(Failure.INVALID_REQUEST, () -> cryptSetup.restoreHeader(HeaderRestore.of(backup, device)));
        cryptSetup.restoreHeader(HeaderRestore.of(backup, device).ontoLostHeader());

        assertThat(LuksHeader.read(device)).contains(header);
        assertThat(cryptSetup.unlocks(device, one)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void destroyed_and_changed_keys_come_back_and_newer_ones_go(LuksType type) throws Exception {
        Path device = formatted(type);
        cryptSetup.backUpHeader(device, backup);
        cryptSetup.changeKey(device, one, two);

        cryptSetup.restoreHeader(HeaderRestore.of(backup, device));

        assertThat(cryptSetup.unlocks(device, one)).isTrue();
        assertThat(cryptSetup.unlocks(device, two)).isFalse();
        cryptSetup.destroyAllKeys(device, LuksHeader.read(device).orElseThrow().uuid());
        cryptSetup.restoreHeader(HeaderRestore.of(backup, device));
        assertThat(cryptSetup.unlocks(device, one)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void a_backup_without_keys_takes_none_away(LuksType type) throws Exception {
        Path device = formatted(type);
        Path good = directory.resolve("good");
        cryptSetup.backUpHeader(device, good);
        cryptSetup.destroyAllKeys(device, LuksHeader.read(device).orElseThrow().uuid());
        cryptSetup.backUpHeader(device, backup);
        cryptSetup.restoreHeader(HeaderRestore.of(good, device));

        assertRefused(Failure.INVALID_REQUEST, () -> cryptSetup.restoreHeader(HeaderRestore.of(backup, device)));

        assertThat(cryptSetup.unlocks(device, one)).isTrue();
    }

    @Test
    void the_header_of_another_volume_is_replaced_only_by_its_name() throws Exception {
        Path device = formatted(LuksType.LUKS1);
        Path other = formatted(LuksType.LUKS1);
        cryptSetup.backUpHeader(device, backup);
        String before = Disks.hash(other, 1 << 25);
        String uuid = LuksHeader.read(other).orElseThrow().uuid();
        HeaderRestore restore = HeaderRestore.of(backup, other);

        assertRefused(Failure.EXISTS_DIFFERENTLY, () -> cryptSetup.restoreHeader(restore));
        assertRefused(Failure.EXISTS_DIFFERENTLY, () -> cryptSetup.restoreHeader(restore.ontoLostHeader()));
        assertRefused(
                Failure.EXISTS_DIFFERENTLY,
                () -> cryptSetup.restoreHeader(restore.replacingVolume(
                        LuksHeader.read(device).orElseThrow().uuid())));
        assertThat(Disks.hash(other, 1 << 25)).isEqualTo(before);
        cryptSetup.restoreHeader(restore.replacingVolume(uuid));

        assertThat(LuksHeader.read(other)).isEqualTo(LuksHeader.read(device));
    }

    @Test
    void the_same_name_with_another_key_of_its_own_is_another_volume() throws Exception {
        Path device = formatted(LuksType.LUKS2);
        cryptSetup.backUpHeader(device, backup);
        String uuid = LuksHeader.read(device).orElseThrow().uuid();
        Disks.run("truncate", "-s", "0", device.toString());
        Disks.run("truncate", "-s", "20M", device.toString());
        cryptSetup.format(device, LuksFormat.of(LuksType.LUKS2).identifiedBy(UUID.fromString(uuid)), two);

        assertRefused(Failure.EXISTS_DIFFERENTLY, () -> cryptSetup.restoreHeader(HeaderRestore.of(backup, device)));
        assertThat(cryptSetup.unlocks(device, two)).isTrue();
    }

    @Test
    void a_broken_header_is_restored_only_where_that_is_said() throws Exception {
        Path device = formatted(LuksType.LUKS1);
        cryptSetup.backUpHeader(device, backup);
        try (RandomAccessFile file = new RandomAccessFile(device.toFile(), "rw")) {
            file.seek(208);
            file.write(1);
        }

        assertRefused(Failure.CORRUPT_DATA, () -> cryptSetup.restoreHeader(HeaderRestore.of(backup, device)));
        cryptSetup.restoreHeader(HeaderRestore.of(backup, device).ontoLostHeader());
        assertThat(cryptSetup.unlocks(device, one)).isTrue();
    }

    @Test
    void nothing_is_overwritten_by_a_backup_and_nothing_left_by_one_that_fails() throws Exception {
        Path device = formatted(LuksType.LUKS1);
        Files.writeString(backup, "precious");

        assertRefused(Failure.EXISTS_DIFFERENTLY, () -> cryptSetup.backUpHeader(device, backup));
        assertRefused(
                Failure.NOT_FOUND,
                () -> cryptSetup.backUpHeader(device, directory.resolve("no").resolve("backup")));
        assertRefused(
                Failure.NOT_FOUND, () -> cryptSetup.backUpHeader(directory.resolve("no"), directory.resolve("b")));
        assertThat(backup).hasContent("precious");
        assertThat(Disks.names(directory)).hasSize(2);
    }

    @Test
    void a_header_that_changes_while_it_is_copied_gives_no_backup() throws Exception {
        Path device = formatted(LuksType.LUKS1);
        CommandRunner local = CommandRunner.local();
        CryptSetup racing = CryptSetup.probe(command -> {
            if (command.argv().contains("luksHeaderBackup")) {
                cryptSetup.addKey(device, one, two);
            }
            return local.run(command);
        });

        assertRefused(Failure.OPERATION_PENDING, () -> racing.backUpHeader(device, backup));
        assertThat(backup).doesNotExist();
        assertThat(Disks.names(directory)).hasSize(1);
    }

    @Test
    void what_is_no_backup_or_has_no_room_is_refused() throws Exception {
        Path device = formatted(LuksType.LUKS1);
        cryptSetup.backUpHeader(device, backup);
        Path small = directory.resolve("small");
        Disks.run("truncate", "-s", "2M", small.toString());
        Path noise = Files.write(directory.resolve("noise"), new byte[4096]);

        assertRefused(Failure.CORRUPT_DATA, () -> cryptSetup.restoreHeader(HeaderRestore.of(noise, device)));
        assertRefused(Failure.INVALID_REQUEST, () -> cryptSetup.restoreHeader(HeaderRestore.of(device, device)));
        assertRefused(
                Failure.INVALID_REQUEST,
                () -> cryptSetup.restoreHeader(HeaderRestore.of(backup, small).ontoLostHeader()));
        assertRefused(
                Failure.NOT_FOUND, () -> cryptSetup.restoreHeader(HeaderRestore.of(directory.resolve("no"), device)));
        assertThat(cryptSetup.unlocks(device, one)).isTrue();
    }

    private Path formatted(LuksType type) throws Exception {
        Path path = Files.createTempFile(directory, "device", "");
        Disks.run("truncate", "-s", "20M", path.toString());
        cryptSetup.format(path, type, one);
        return path;
    }

    private static void overwrite(Path device, long bytes) throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(device.toFile(), "rw")) {
            file.write(new byte[Math.toIntExact(bytes)]);
        }
    }

    private static void assertRefused(Failure failure, ThrowingCallable attempt) {
        DriverException e = catchThrowableOfType(DriverException.class, attempt);
        assertThat(e).isNotNull();
        assertThat(e.failure()).as("%s", e).isEqualTo(failure);
        assertThat(e.effect()).as("%s", e).isEqualTo(Effect.NOT_APPLIED);
    }
}
