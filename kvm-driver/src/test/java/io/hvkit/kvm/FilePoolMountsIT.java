package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse.Reason;
import io.hvkit.testkit.Ledger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pools whose file system is really mounted, and really lost. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class FilePoolMountsIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(1);
    private static final HostId HOST = new HostId("h");

    @TempDir
    private Path folder;

    private final Ledger ledger = new Ledger();
    private Path store;
    private Path point;
    private Mounted mounted;

    @BeforeEach
    void mount() throws InterruptedException, IOException {
        store = Files.createDirectory(folder.resolve("store"));
        point = folder.resolve("point");
        mounted = Mounted.again(store, point);
    }

    @AfterEach
    void unmount() throws InterruptedException {
        ledger.close();
        mounted.unmount();
    }

    @Test
    void while_it_is_lost_every_call_fails_nothing_is_told_to_be_gone_and_nothing_is_written_below()
            throws InterruptedException, IOException {
        StoragePool pool = opened(StoragePoolType.SHARED_MOUNT_POINT, Map.of("path", point.toString()));
        Volume volume = pool.create(CreateVolume.blank("v", SIZE));
        pool.attach(volume.id(), HOST);
        Volume idle = pool.create(CreateVolume.blank("idle", SIZE));

        mounted.unmount();
        everythingFails(pool, volume, idle.id());
        refuses(
                Failure.HOST_NOT_READY,
                () -> opened(StoragePoolType.SHARED_MOUNT_POINT, Map.of("path", point.toString())));
        assertThat(point).isEmptyDirectory();

        mounted = Mounted.again(store, point);
        assertThat(pool.list()).containsExactlyInAnyOrder(volume, idle);
        assertThat(pool.uses(volume.id())).hasSize(1);
        pool.delete(idle.id());
    }

    @Test
    void another_file_system_in_its_place_is_not_the_pool() throws InterruptedException, IOException {
        StoragePool pool = opened(StoragePoolType.SHARED_MOUNT_POINT, Map.of("path", point.toString()));
        Volume volume = pool.create(CreateVolume.blank("v", SIZE));
        pool.attach(volume.id(), HOST);
        Mounted other = Mounted.memory(point);
        try {
            everythingFails(pool, volume, volume.id());
            assertThat(point).isEmptyDirectory();
        } finally {
            other.unmount();
        }
        assertThat(pool.find(volume.id())).contains(volume);
    }

    @Test
    void a_directory_of_this_machine_is_guarded_as_well() throws InterruptedException, IOException {
        StoragePool pool = opened(StoragePoolType.LOCAL_DIRECTORY, Map.of("path", point.toString()));
        Volume volume = pool.create(CreateVolume.blank("v", SIZE));
        pool.attach(volume.id(), HOST);

        mounted.unmount();
        everythingFails(pool, volume, volume.id());
        assertThat(point).isEmptyDirectory();
        mounted = Mounted.again(store, point);
        assertThat(pool.find(volume.id())).contains(volume);
    }

    @Test
    void a_directory_that_is_removed_is_no_empty_pool() throws InterruptedException, IOException {
        Path plain = Files.createDirectory(folder.resolve("plain"));
        StoragePool pool = opened(StoragePoolType.LOCAL_DIRECTORY, Map.of("path", plain.toString()));
        Files.delete(plain);

        refuses(Failure.HOST_NOT_READY, pool::list);
        refuses(Failure.HOST_NOT_READY, () -> pool.find(new VolumeId("v")));
    }

    @Test
    void what_is_not_mounted_there_is_refused_when_it_is_opened() throws IOException {
        String plain = Files.createDirectory(folder.resolve("plain")).toString();
        String below = Files.createDirectory(point.resolve("below")).toString();

        for (String path : new String[] {plain, below}) {
            assertThat(refuses(
                            Failure.HOST_NOT_READY,
                            () -> opened(StoragePoolType.SHARED_MOUNT_POINT, Map.of("path", path))))
                    .hasMessageContaining(path)
                    .hasMessageContaining("mount it first");
        }
        assertThat(refuses(Failure.HOST_NOT_READY, () -> opened(StoragePoolType.NFS, Map.of("path", point.toString()))))
                .hasMessageContaining("no directory of an NFS server");
        refuses(
                Failure.HOST_NOT_READY,
                () -> opened(
                        StoragePoolType.SHARED_MOUNT_POINT,
                        Map.of("path", point.toString(), "source", "/dev/mapper/other")));
        refuses(
                Failure.NOT_FOUND,
                () -> opened(
                        StoragePoolType.SHARED_MOUNT_POINT,
                        Map.of("path", folder.resolve("no").toString())));
    }

    @Test
    void a_link_to_a_mount_point_is_one_and_a_pool_with_two_paths_has_the_same_volumes()
            throws InterruptedException, IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), point);
        Mounted second = Mounted.again(store, folder.resolve("second place"));
        ledger.add(second::unmount);
        StoragePool one = opened(StoragePoolType.SHARED_MOUNT_POINT, Map.of("path", link.toString()));
        StoragePool two = opened(
                StoragePoolType.SHARED_MOUNT_POINT,
                Map.of("path", second.point().toString()));
        Volume volume = one.create(CreateVolume.blank("v", SIZE));
        try (Secret none = Secret.random()) {
            new VolumeBytes(store, none).write(volume.id(), (byte) 7);
            Volume clone = one.clones()
                    .orElseThrow()
                    .create(CloneVolume.of(volume.id(), "clone").linked());

            assertThat(two.list()).containsExactlyInAnyOrder(volume, clone);
            assertThat(new VolumeBytes(second.point(), none).read(clone.id()))
                    .as("what a linked clone reads is found wherever the pool is mounted")
                    .isEqualTo((byte) 7);
        }
        refuses(Failure.IN_USE, () -> two.delete(volume.id()));
    }

    private static void everythingFails(StoragePool pool, Volume attached, VolumeId idle) {
        for (ThrowingCallable call : new ThrowingCallable[] {
            () -> pool.find(idle),
            pool::list,
            () -> pool.findNamed("v"),
            pool::statistics,
            () -> pool.uses(attached.id()),
            () -> pool.create(CreateVolume.blank("new", SIZE)),
            () -> pool.create(CreateVolume.blank("v", SIZE)),
            () -> pool.delete(idle),
            () -> pool.attach(idle, HOST),
            () -> pool.detach(attached.id(), HOST, Reason.MACHINE),
            () -> pool.growth().orElseThrow().growTo(idle, SIZE.plus(SIZE)),
            () -> pool.clones().orElseThrow().create(CloneVolume.of(idle, "clone"))
        }) {
            refuses(Failure.HOST_NOT_READY, call);
        }
    }

    private StoragePool opened(StoragePoolType type, Map<String, String> text) throws InterruptedException {
        StorageDriver driver = StorageDrivers.discoveredBy(DirectoryPoolDriver.class.getClassLoader())
                .forType(type);
        StoragePool pool = driver.open(new PoolId("p"), type, Options.parse(driver.options(), text));
        ledger.add(pool::close);
        return pool;
    }

    private static DriverException refuses(Failure failure, ThrowingCallable call) {
        DriverException refusal = catchThrowableOfType(DriverException.class, call);
        assertThat(refusal).as("a refusal").isNotNull();
        assertThat(refusal.failure()).as(refusal.toString()).isEqualTo(failure);
        assertThat(refusal.effect()).isEqualTo(Effect.NOT_APPLIED);
        return refusal;
    }
}
