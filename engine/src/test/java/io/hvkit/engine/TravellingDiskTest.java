package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.machine.MigrateRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks that their storage encrypted, and that go with their machine to where storage does not. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TravellingDiskTest {

    @TempDir
    private Path directory;

    private MachineWorld world;
    private HvKit hvkit;

    @BeforeEach
    void open() throws Exception {
        world = new MachineWorld(directory);
        hvkit = world.calm();
    }

    @AfterEach
    void close() {
        hvkit.close();
    }

    private VolumeRecord sealed(PoolRecord pool) throws InterruptedException {
        return hvkit.volumes()
                .create(VolumeRequest.blank("sealed", MachineWorld.SIZE, pool.id())
                        .encrypted()
                        .ownedBy(Counted.OWNER))
                .await();
    }

    private PoolRecord sealing(HostRecord host) throws InterruptedException {
        return hvkit.inventory()
                .addPool(
                        PoolRecord.Reach.of(world.cluster, host),
                        PoolRequest.named("sealing-" + host.name(), InMemoryStorageDriver.SELF_ENCRYPTING));
    }

    @Test
    void a_disk_that_its_storage_encrypted_gets_a_key_of_its_own_on_its_way_and_is_never_without_it_again()
            throws Exception {
        PoolRecord here = sealing(world.one);
        PoolRecord there = world.local(hvkit, world.two);
        VolumeRecord disk = sealed(here);
        assertThat(disk.key()).as("its storage has its key").isEmpty();
        MachineRecord web = hvkit.machines()
                .start(MachineRequest.named("web").root(disk.id()).ownedBy(Counted.OWNER))
                .await();

        hvkit.machines()
                .migrate(MigrateRequest.of(web.id()).moving(disk.id(), there.id()))
                .await();

        VolumeRecord moved = world.disks(web).get(0);
        assertThat(moved.place().pool()).isEqualTo(there.id());
        assertThat(moved.key()).isPresent();
        world.checkThatAllAgree("with a key");
        Job<MachineRecord> back =
                hvkit.machines().migrate(MigrateRequest.of(web.id()).moving(disk.id(), here.id()));
        DriverException refused = catchThrowableOfType(DriverException.class, back::await);
        assertThat(refused)
                .hasMessageContaining("encrypts with keys that nobody else has; name a pool whose volumes have keys");
        assertThat(world.disks(web).get(0)).isEqualTo(moved);
        world.checkThatAllAgree("stays where it has a key");
    }

    @Test
    void a_key_that_a_disk_was_to_get_on_its_way_goes_with_a_move_that_is_cancelled() throws Exception {
        VolumeRecord disk = sealed(sealing(world.one));
        PoolRecord there = world.local(hvkit, world.two);
        MachineRecord web = hvkit.machines()
                .start(MachineRequest.named("web").root(disk.id()).ownedBy(Counted.OWNER))
                .await();
        CountDownLatch moves = new CountDownLatch(1);
        Job<MachineRecord> job = hvkit.machines()
                .migrate(MigrateRequest.of(web.id())
                        .moving(disk.id(), there.id())
                        .limitedTo(ByteSize.bytes(1)));
        job.onProgress(progress -> moves.countDown());
        assertThat(moves.await(1, TimeUnit.MINUTES)).isTrue();

        job.cancel(Duration.ofMinutes(1));

        assertThat(world.disks(web).get(0).place()).isEqualTo(disk.place());
        assertThat(world.disks(web).get(0).key()).isEmpty();
        world.checkThatAllAgree("cancelled");
    }
}
