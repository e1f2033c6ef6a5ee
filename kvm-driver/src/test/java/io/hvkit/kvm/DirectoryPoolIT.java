package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DirectoryPoolIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(8);
    private static final HostId HOST = new HostId("host/1");

    @TempDir
    private Path directory;

    private final Secret key = Secret.random();
    private StoragePool pool;

    @BeforeEach
    void open() throws InterruptedException {
        pool = opened(directory.toString());
    }

    @AfterEach
    void close() {
        pool.close();
        key.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"QCOW2", "LUKS"})
    void an_encrypted_volume_proves_it_with_its_header_and_has_the_size_asked_for(ImageFormat format)
            throws InterruptedException {
        Volume volume = pool.create(CreateVolume.blank("v", SIZE).as(format).encryptedBy(key));

        assertThat(volume.size()).isEqualTo(SIZE);
        assertThat(volume.format()).isEqualTo(format);
        assertThat(volume.attestation()).isPresent();
        assertThat(pool.find(volume.id())).contains(volume);
        assertThat(pool.list()).containsExactly(volume);
    }

    @Test
    void an_equal_request_gives_the_volume_that_is_there_and_changes_no_byte()
            throws InterruptedException, IOException {
        CreateVolume request = CreateVolume.blank("v", SIZE).encryptedBy(key);
        Volume first = pool.create(request);
        byte[] before = Files.readAllBytes(directory.resolve("v.luks"));

        assertThat(pool.create(request)).isEqualTo(first);

        assertThat(Files.readAllBytes(directory.resolve("v.luks"))).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"QCOW2", "LUKS"})
    void another_size_format_or_key_under_the_same_name_is_refused(ImageFormat format) throws InterruptedException {
        Volume first = pool.create(CreateVolume.blank("v", SIZE).as(format).encryptedBy(key));
        try (Secret other = Secret.random()) {
            CreateVolume same = CreateVolume.blank("v", SIZE).as(format);
            refuses(Failure.EXISTS_DIFFERENTLY, () -> pool.create(same.encryptedBy(other)));
            refuses(
                    Failure.EXISTS_DIFFERENTLY,
                    () -> pool.create(CreateVolume.blank("v", ByteSize.mebibytes(9))
                            .as(format)
                            .encryptedBy(key)));
            refuses(Failure.EXISTS_DIFFERENTLY, () -> pool.create(CreateVolume.blank("v", SIZE)));
        }

        assertThat(pool.list()).containsExactly(first);
    }

    @Test
    void a_luks_volume_without_a_key_is_refused() {
        refuses(
                Failure.INVALID_REQUEST,
                () -> pool.create(CreateVolume.blank("v", SIZE).as(ImageFormat.LUKS)));
        assertThat(directory).isEmptyDirectory();
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"QCOW2", "LUKS"})
    void a_key_that_qemu_would_cut_is_refused_before_anything_is_made(ImageFormat format) {
        try (Secret cut = Secret.copyOf(new byte[] {'a', 0, 'b'})) {
            refuses(
                    Failure.INVALID_REQUEST,
                    () -> pool.create(CreateVolume.blank("v", SIZE).as(format).encryptedBy(cut)));
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void a_format_the_pool_does_not_keep_is_refused() {
        refuses(
                Failure.UNSUPPORTED,
                () -> pool.create(CreateVolume.blank("v", SIZE).as(ImageFormat.VMDK)));
        assertThat(directory).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "../x", "a/b", "-a", ".hidden", "a b", "a,b", "a\nb", "größe"})
    void a_name_that_is_no_plain_file_name_is_refused(String name) {
        refuses(Failure.INVALID_REQUEST, () -> pool.create(CreateVolume.blank(name, SIZE)));
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void removing_may_be_repeated_and_what_never_was_is_gone() throws InterruptedException {
        Volume volume = pool.create(CreateVolume.blank("v", SIZE));

        pool.delete(volume.id());
        pool.delete(volume.id());
        pool.delete(new VolumeId("never"));
        pool.delete(new VolumeId("../etc"));

        assertThat(pool.find(volume.id())).isEmpty();
        assertThat(pool.list()).isEmpty();
        assertThat(directory.resolve("v.raw")).doesNotExist();
    }

    @Test
    void an_attached_volume_is_not_removed_by_any_process() throws InterruptedException {
        Volume volume = pool.create(CreateVolume.blank("v", SIZE));
        Attachment place = pool.attach(volume.id(), HOST);
        assertThat(pool.attach(volume.id(), HOST)).isEqualTo(place);

        try (StoragePool again = opened(directory.toString())) {
            refuses(Failure.IN_USE, () -> again.delete(volume.id()));
            again.detach(volume.id(), HOST);
            again.detach(volume.id(), HOST);
            again.delete(volume.id());
        }

        assertThat(pool.find(volume.id())).isEmpty();
    }

    @Test
    void a_host_with_a_longer_name_than_files_have_can_use_a_volume() throws InterruptedException {
        VolumeUse use = VolumeUse.by(new HostId("/".repeat(128)));
        Volume volume = pool.create(CreateVolume.blank("v", SIZE));
        pool.attach(volume.id(), use);

        try (StoragePool again = opened(directory.toString())) {
            assertThat(again.uses(volume.id())).containsExactly(use);
            refuses(Failure.IN_USE, () -> again.attach(volume.id(), HOST));
            again.detach(volume.id(), use.host());
            again.attach(volume.id(), HOST);
        }
    }

    @Test
    void a_note_of_a_use_that_nobody_can_read_counts_as_one() throws InterruptedException, IOException {
        Volume volume = pool.create(CreateVolume.blank("v", SIZE));
        Files.writeString(
                Files.createDirectories(directory.resolve(".attachments/v")).resolve("x"), "torn");

        refuses(Failure.HOST_NOT_READY, () -> pool.delete(volume.id()));

        assertThat(pool.find(volume.id())).contains(volume);
    }

    @Test
    void attaching_what_is_not_there_is_refused_and_detaching_it_is_not() throws InterruptedException {
        refuses(Failure.NOT_FOUND, () -> pool.attach(new VolumeId("never"), HOST));

        pool.detach(new VolumeId("never"), HOST);

        assertThat(pool.list()).isEmpty();
    }

    @Test
    void a_raw_volume_that_looks_like_something_else_stays_raw() throws InterruptedException, IOException {
        Volume volume = pool.create(CreateVolume.blank("v", SIZE));
        QemuImg.probe(CommandRunner.local()).create(Image.qcow2(directory.resolve("x")), ByteSize.gibibytes(1));
        byte[] header = Files.readAllBytes(directory.resolve("x"));
        byte[] disk = new byte[Math.toIntExact(SIZE.bytes())];
        System.arraycopy(header, 0, disk, 0, header.length);
        Files.write(directory.resolve("v.raw"), disk);

        assertThat(pool.find(volume.id())).contains(volume);
    }

    @Test
    void files_that_are_no_volumes_are_not_listed() throws InterruptedException, IOException {
        Files.writeString(directory.resolve("notes.txt"), "x");
        Files.createDirectory(directory.resolve("folder.raw"));
        Files.writeString(directory.resolve(".creating-x.raw"), "x");

        assertThat(pool.list()).isEmpty();
    }

    @Test
    void a_file_that_is_no_volume_stands_in_the_way_of_no_other() throws InterruptedException, IOException {
        Volume volume =
                pool.create(CreateVolume.blank("v", SIZE).as(ImageFormat.QCOW2).encryptedBy(key));
        Files.createFile(directory.resolve("forgotten.qcow2"));

        assertThat(pool.findNamed("v")).contains(volume);
        assertThat(pool.findNamed("never")).isEmpty();
        assertThat(pool.findNamed("../v")).isEmpty();
        assertThat(pool.findNamed("")).isEmpty();
        assertThat(pool.statistics().provisioned()).isEqualTo(SIZE);
        refuses(Failure.CORRUPT_DATA, () -> pool.findNamed("forgotten"));
        refuses(Failure.CORRUPT_DATA, () -> pool.list());
    }

    @Test
    void a_file_that_nobody_can_read_keeps_no_volume_beside_it_from_being_used_or_removed()
            throws InterruptedException, IOException {
        Files.createFile(directory.resolve("empty.qcow2"));
        Files.writeString(directory.resolve("other.qcow2"), "of another make, and long enough to be one".repeat(50));
        Files.createSymbolicLink(directory.resolve("loop.qcow2"), directory.resolve("loop.qcow2"));
        Files.createSymbolicLink(directory.resolve("away.qcow2"), directory.resolve("not-there"));
        Volume volume =
                pool.create(CreateVolume.blank("v", SIZE).as(ImageFormat.QCOW2).encryptedBy(key));

        assertThat(pool.statistics().provisioned()).isBetween(SIZE, SIZE.plus(ByteSize.kibibytes(4)));
        pool.attach(volume.id(), HOST);
        pool.detach(volume.id(), HOST);
        ByteSize larger = SIZE.plus(SIZE);
        assertThat(pool.growth().orElseThrow().growTo(volume.id(), larger, key).size())
                .isEqualTo(larger);
        pool.delete(volume.id());

        assertThat(pool.findNamed("v")).isEmpty();
        refuses(Failure.HOST_NOT_READY, () -> pool.findNamed("loop"));
        refuses(Failure.CORRUPT_DATA, () -> pool.find(new VolumeId("other")));
    }

    @Test
    void an_interrupted_creation_leaves_nothing() throws IOException {
        Thread.currentThread().interrupt();

        Throwable thrown =
                catchThrowable(() -> pool.create(CreateVolume.blank("v", SIZE).encryptedBy(key)));

        assertThat(thrown).isInstanceOf(InterruptedException.class);
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void a_pool_without_a_directory_is_refused() {
        refuses(Failure.NOT_FOUND, () -> opened(directory.resolve("no").toString()));
        refuses(Failure.INVALID_REQUEST, () -> opened("relative"));
    }

    private static StoragePool opened(String path) throws InterruptedException {
        StorageDriver driver = StorageDrivers.discoveredBy(DirectoryPoolDriver.class.getClassLoader())
                .forType(StoragePoolType.LOCAL_DIRECTORY);
        Options options = Options.parse(driver.options(), Map.of("path", path));
        return driver.open(new PoolId("p"), StoragePoolType.LOCAL_DIRECTORY, options);
    }

    private static void refuses(Failure failure, ThrowingCallable call) {
        DriverException refusal = catchThrowableOfType(DriverException.class, call);
        assertThat(refusal).as("a refusal").isNotNull();
        assertThat(refusal.failure()).as(refusal.toString()).isEqualTo(failure);
        assertThat(refusal.effect()).isEqualTo(Effect.NOT_APPLIED);
    }
}
