package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

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
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.Ledger;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What clones and growth of files do beyond the contracts. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class FilePoolClonesIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(64);
    private static final HostId HOST = new HostId("h");
    private static final Ledger LEDGER = new Ledger();

    @TempDir
    private static Path mounts;

    private static Path btrfs;

    @TempDir
    private Path directory;

    private final Secret key = Secret.random();
    private StoragePool pool;

    @BeforeAll
    static void mount() throws InterruptedException, IOException {
        Mounted cloning = Mounted.made("btrfs", mounts.resolve("btrfs.img"), mounts.resolve("btrfs"));
        LEDGER.add(cloning::unmount);
        btrfs = cloning.point();
    }

    @AfterAll
    static void unmount() {
        LEDGER.close();
    }

    @BeforeEach
    void open() throws InterruptedException {
        pool = opened(directory);
    }

    @AfterEach
    void close() {
        pool.close();
        key.close();
    }

    @Test
    void a_file_system_that_shares_what_files_have_in_common_is_found_by_trying() throws InterruptedException {
        try (StoragePool sharing = opened(btrfs)) {
            assertThat(sharing.features().offers(PoolFeature.CLONES_WHILE_ATTACHED))
                    .isTrue();
        }
        assertThat(pool.features().offers(PoolFeature.CLONES_WHILE_ATTACHED))
                .as("the file system of temporary files shares nothing")
                .isFalse();
        assertThat(directory).as("trying leaves nothing").isEmptyDirectory();
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"RAW", "QCOW2"})
    void a_clone_is_made_at_once_though_a_process_writes_to_its_source_or_not_at_all(ImageFormat format)
            throws Exception {
        for (Path place : List.of(btrfs, directory)) {
            try (StoragePool here = opened(place)) {
                Volume source =
                        here.create(CreateVolume.blank("held-" + format, SIZE).as(format));
                new VolumeBytes(place, key).write(source.id(), (byte) 5);
                CloneVolume request = CloneVolume.of(source.id(), "clone-" + format);
                Process writer = writer(place, source);
                try {
                    if (place.equals(btrfs)) {
                        Volume clone = here.clones().orElseThrow().create(request);
                        assertThat(new VolumeBytes(place, key).read(clone.id())).isEqualTo((byte) 5);
                    } else {
                        refuses(
                                Failure.IN_USE,
                                () -> here.clones().orElseThrow().create(request));
                        assertThat(here.findNamed(request.name())).isEmpty();
                    }
                    refuses(
                            Failure.IN_USE,
                            () -> here.clones()
                                    .orElseThrow()
                                    .create(CloneVolume.of(source.id(), "linked-" + format)
                                            .linked()));
                    refuses(Failure.IN_USE, () -> here.growth().orElseThrow().growTo(source.id(), SIZE.plus(SIZE)));
                    refuses(Failure.IN_USE, () -> here.delete(source.id()));
                } finally {
                    writer.destroyForcibly().waitFor();
                }
                assertThat(partials(place)).isEmpty();
            }
        }
    }

    private Process writer(Path place, Volume source) throws IOException, InterruptedException {
        Path socket = mounts.resolve("socket");
        Process process = new ProcessBuilder(
                        "qemu-storage-daemon",
                        "--blockdev",
                        "driver=" + source.format().qemuName() + ",node-name=n,file.driver=file,file.filename="
                                + new VolumeBytes(place, key).file(source.id()),
                        "--export",
                        "type=vhost-user-blk,id=e,node-name=n,writable=on,addr.type=unix,addr.path=" + socket)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Await.until("the daemon has the volume open", TestHost.PATIENCE, () -> Files.exists(socket));
        Files.delete(socket);
        return process;
    }

    @Test
    void a_copy_takes_no_room_for_what_was_never_written() throws InterruptedException, IOException {
        Volume source = pool.create(CreateVolume.blank("v", SIZE));
        new VolumeBytes(directory, key).write(source.id(), (byte) 5);

        Volume clone = pool.clones().orElseThrow().create(CloneVolume.of(source.id(), "clone"));

        Path file = new VolumeBytes(directory, key).file(clone.id());
        assertThat(Files.size(file)).isEqualTo(SIZE.bytes());
        assertThat(((Number) Files.getAttribute(file, "unix:mode")).intValue() & 0777)
                .as("its owner's alone")
                .isEqualTo(0600);
        Process du = new ProcessBuilder("du", "-k", file.toString()).start();
        String words = new String(du.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertThat(Integer.parseInt(words.substring(0, words.indexOf('\t')))).isBetween(64, 1024);
    }

    @Test
    void a_full_clone_of_a_linked_one_needs_neither() throws InterruptedException, IOException {
        for (Path place : List.of(btrfs, directory)) {
            try (StoragePool here = opened(place)) {
                Volume base = here.create(CreateVolume.blank("base", SIZE));
                VolumeBytes bytes = new VolumeBytes(place, key);
                bytes.write(base.id(), (byte) 4);
                Volume linked = here.clones()
                        .orElseThrow()
                        .create(CloneVolume.of(base.id(), "linked").linked());
                assertThat(linked.format()).isEqualTo(ImageFormat.QCOW2);

                Volume full = here.clones().orElseThrow().create(CloneVolume.of(linked.id(), "full"));
                here.delete(linked.id());
                here.delete(base.id());

                assertThat(bytes.read(full.id())).isEqualTo((byte) 4);
                assertThat(full.size()).isEqualTo(SIZE);
                here.delete(full.id());
                assertThat(partials(place)).isEmpty();
            }
        }
    }

    @Test
    void many_clones_of_one_volume_are_made_at_a_time_and_what_they_read_does_not_grow() throws InterruptedException {
        Volume base = pool.create(CreateVolume.blank("base", SIZE));
        new VolumeBytes(directory, key).write(base.id(), (byte) 4);
        pool.clones().orElseThrow().create(CloneVolume.of(base.id(), "linked").linked());

        List<Volume> made = Stream.of(1, 2, 3, 4, 5, 6)
                .parallel()
                .map(number -> {
                    try (StoragePool again = opened(directory)) {
                        CloneVolume request = CloneVolume.of(base.id(), "clone-" + number);
                        return again.clones().orElseThrow().create(number % 2 == 0 ? request.linked() : request);
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                })
                .toList();

        assertThat(pool.list()).hasSize(8).containsAll(made);
        refuses(Failure.IN_USE, () -> pool.growth().orElseThrow().growTo(base.id(), SIZE.plus(SIZE)));
        refuses(Failure.IN_USE, () -> pool.attach(base.id(), HOST));
        assertThat(pool.growth().orElseThrow().growTo(base.id(), SIZE)).isEqualTo(base);
        assertThat(pool.growth()
                        .orElseThrow()
                        .growTo(new VolumeId("linked"), SIZE.plus(SIZE))
                        .size())
                .as("a linked clone grows by itself")
                .isEqualTo(SIZE.plus(SIZE));
    }

    @Test
    void nothing_is_linked_to_what_is_encrypted_and_a_full_clone_of_it_has_its_key() throws InterruptedException {
        for (ImageFormat format : List.of(ImageFormat.QCOW2, ImageFormat.LUKS)) {
            Volume source = pool.create(
                    CreateVolume.blank("s-" + format, SIZE).as(format).encryptedBy(key));

            refuses(
                    Failure.UNSUPPORTED,
                    () -> pool.clones()
                            .orElseThrow()
                            .create(CloneVolume.of(source.id(), "linked").linked()));
            Volume clone = pool.clones().orElseThrow().create(CloneVolume.of(source.id(), "c-" + format));

            assertThat(clone.attestation()).isEqualTo(source.attestation());
        }
        assertThat(pool.findNamed("linked")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"QCOW2", "LUKS"})
    void an_encrypted_volume_grows_by_its_own_key_alone(ImageFormat format) throws InterruptedException {
        Volume volume = pool.create(CreateVolume.blank("v", SIZE).as(format).encryptedBy(key));
        ByteSize wanted = SIZE.plus(ByteSize.bytes(512));
        try (Secret other = Secret.random()) {
            refuses(Failure.INVALID_REQUEST, () -> pool.growth().orElseThrow().growTo(volume.id(), wanted));
            refuses(Failure.BAD_CREDENTIALS, () -> pool.growth().orElseThrow().growTo(volume.id(), wanted, other));
            assertThat(pool.find(volume.id())).contains(volume);
        }

        Volume grown = pool.growth().orElseThrow().growTo(volume.id(), wanted, key);

        assertThat(grown.size()).isEqualTo(wanted);
        assertThat(grown.attestation()).isEqualTo(volume.attestation());
        assertThat(pool.growth().orElseThrow().growTo(volume.id(), wanted)).isEqualTo(grown);
    }

    @Test
    void a_volume_that_cannot_be_read_holds_up_the_removal_of_what_it_lies_over_and_of_nothing_else()
            throws InterruptedException, IOException {
        Volume base = pool.create(CreateVolume.blank("base", SIZE));
        Volume other = pool.create(CreateVolume.blank("other", SIZE));
        pool.clones().orElseThrow().create(CloneVolume.of(base.id(), "linked").linked());
        VolumeBytes bytes = new VolumeBytes(directory, key);
        byte[] header = Files.readAllBytes(bytes.file(new VolumeId("linked")));
        Files.write(bytes.file(new VolumeId("linked")), new byte[512]); // nothing in it tells, and its note does
        Path broken = directory.resolve("broken.qcow2"); // nobody noted it, and its first bytes still name the base
        Files.write(broken, Arrays.copyOfRange(header, 4, header.length));

        assertThat(refuses(Failure.CORRUPT_DATA, () -> pool.delete(base.id())))
                .hasMessageContaining("what volume", "lies over cannot be told", "mend or delete it first");
        assertThat(refuses(Failure.CORRUPT_DATA, () -> pool.attach(base.id(), HOST)))
                .hasMessageContaining("linked");
        pool.attach(other.id(), HOST);
        pool.detach(other.id(), HOST);
        pool.delete(other.id());
        pool.delete(new VolumeId("linked"));
        pool.attach(base.id(), HOST);
        pool.detach(base.id(), HOST);
        assertThat(refuses(Failure.CORRUPT_DATA, () -> pool.delete(base.id()))).hasMessageContaining("broken");
        assertThat(directory.resolve("base.raw")).exists();
        pool.delete(new VolumeId("broken"));
        pool.delete(base.id());
        assertThat(pool.list()).isEmpty();
    }

    @Test
    void what_lies_over_a_volume_is_found_behind_another_file_of_its_name() throws InterruptedException, IOException {
        Volume base = pool.create(CreateVolume.blank("base", SIZE));
        pool.clones().orElseThrow().create(CloneVolume.of(base.id(), "linked").linked());
        Files.write(directory.resolve("linked.raw"), new byte[512]);

        assertThat(refuses(Failure.IN_USE, () -> pool.delete(base.id()))).hasMessageContaining("linked");
    }

    @Test
    void an_interrupted_clone_leaves_nothing() throws InterruptedException, IOException {
        Volume source = pool.create(CreateVolume.blank("v", SIZE));
        Thread.currentThread().interrupt();

        Throwable thrown =
                catchThrowable(() -> pool.clones().orElseThrow().create(CloneVolume.of(source.id(), "clone")));

        assertThat(thrown).isInstanceOf(InterruptedException.class);
        assertThat(pool.list()).containsExactly(source);
        assertThat(partials(directory)).isEmpty();
    }

    private static List<String> partials(Path place) throws IOException {
        try (Stream<Path> files = Files.list(place)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(".partial"))
                    .toList();
        }
    }

    private static StoragePool opened(Path place) throws InterruptedException {
        DirectoryPoolDriver driver = new DirectoryPoolDriver();
        Options options = Options.parse(driver.options(), Map.of("path", place.toString()));
        return driver.open(new PoolId("p"), StoragePoolType.LOCAL_DIRECTORY, options);
    }

    private static DriverException refuses(Failure failure, ThrowingCallable call) {
        DriverException refusal = catchThrowableOfType(DriverException.class, call);
        assertThat(refusal).as("a refusal").isNotNull();
        assertThat(refusal.failure()).as(refusal.toString()).isEqualTo(failure);
        assertThat(refusal.effect()).isEqualTo(Effect.NOT_APPLIED);
        return refusal;
    }
}
