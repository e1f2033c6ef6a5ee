package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Volumes that are not encrypted anew keep the bytes and the key that they have. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EncryptRefusalsTest {

    private static final long CONTENT = 0x5ea1ed;

    @TempDir
    private Path directory;

    private MoveWorld world;
    private HvKit hvkit;
    private VolumeRecord volume;

    @BeforeEach
    void open() throws Exception {
        world = new MoveWorld(directory);
        volume = world.running(
                VolumeRequest.blank("data", MoveWorld.SIZE, world.from.id()).encrypted(), CONTENT);
        hvkit = world.process(Fuse.counting());
    }

    @AfterEach
    void close() {
        hvkit.close();
        world.catalog.close();
    }

    @Test
    void a_pool_that_encrypts_nothing_or_with_keys_of_its_own_is_refused() throws Exception {
        for (StoragePoolType type : List.of(InMemoryStorageDriver.BARE, InMemoryStorageDriver.SELF_ENCRYPTING)) {
            PoolRecord pool = MoveWorld.pool(hvkit, world.from.reach().zone(), type.id(), type);
            VolumeRecord there = hvkit.volumes()
                    .create(VolumeRequest.blank(type.id(), MoveWorld.SIZE, pool.id()))
                    .await();

            assertThat(failure(
                            Failure.UNSUPPORTED,
                            () -> hvkit.volumes().encrypt(there.id()).await()))
                    .hasMessageContaining("move")
                    .hasMessageContaining(pool.name());

            assertThat(world.record(there)).isEqualTo(there);
        }
        assertThat(world.keysIn(KeyRecord.State.RETIRED)).isEmpty();
        failure(
                Failure.NOT_FOUND,
                () -> hvkit.volumes().encrypt(RecordId.random()).await());
    }

    @Test
    void a_pool_in_maintenance_and_one_without_room_for_a_second_copy_make_none() throws Exception {
        try (StoragePool pool = world.open(world.from.id())) {
            ByteSize rest = InMemoryStorageDriver.CAPACITY.minus(volume.size());
            pool.create(CreateVolume.blank("much", rest));
            assertRefused(Failure.EXHAUSTED, "another copy");
            pool.delete(pool.findNamed("much").orElseThrow().id());
        }
        hvkit.inventory().putPool(world.from.id(), Standing.MAINTENANCE);
        assertRefused(Failure.EXHAUSTED, "maintenance");
        world.checkThatAllAgree(volume, CONTENT, "refused");
    }

    @Test
    void a_volume_with_snapshots_several_machines_or_strange_users_keeps_its_bytes() throws Exception {
        AttachmentRecord other = world.catalog.inTransaction(transaction -> transaction
                .attachments()
                .insert(AttachmentRecord.of(volume.id(), world.host.id(), new MachineId("db-01"))));
        assertRefused(Failure.IN_USE, "db-01");
        world.catalog.inTransaction(transaction -> {
            transaction.attachments().delete(other);
            return other;
        });
        try (StoragePool pool = world.open(world.from.id())) {
            Snapshot nightly = pool.snapshots().orElseThrow().take(MoveWorld.external(volume), "nightly");
            assertRefused(Failure.IN_USE, "snapshots");
            pool.snapshots().orElseThrow().delete(nightly.id());
            pool.attach(
                    MoveWorld.external(volume),
                    VolumeUse.by(world.host.hostId()).shared());
            pool.attach(
                    MoveWorld.external(volume),
                    VolumeUse.by(new HostId("stranger")).shared());
            assertRefused(Failure.IN_USE, "stranger");
        }
    }

    @Test
    void a_volume_whose_machine_its_host_remembers_is_not_encrypted_while_that_does_not_run() throws Exception {
        world.stopMachine();
        try (Hypervisor direct = world.hypervisor();
                StoragePool pool = world.open(world.from.id())) {
            Disk disk = Disk.of(
                    new VolumeId("remembered"),
                    pool.attach(MoveWorld.external(volume), VolumeUse.by(world.host.hostId())),
                    ImageFormat.RAW);
            direct.define(MachineSpec.named(MoveWorld.WEB.value()).with(disk).keptAs(Persistence.PERSISTENT));

            assertRefused(Failure.IN_USE, "forget");

            direct.forget(MoveWorld.WEB);
        }
        hvkit.volumes().encrypt(volume.id()).await();
        world.checkThatAllAgree(volume, CONTENT, "at rest");
    }

    @Test
    void a_volume_of_the_copys_name_of_which_no_record_tells_is_never_touched() throws Exception {
        hvkit.volumes().encrypt(volume.id()).await();
        String name = world.namesIn(world.from).get(0);
        hvkit.volumes()
                .move(MoveRequest.of(volume.id(), world.to.id()).copied())
                .await();
        hvkit.volumes()
                .move(MoveRequest.of(volume.id(), world.from.id()).copied())
                .await();
        try (StoragePool pool = world.open(world.from.id())) {
            VolumeId strange =
                    pool.create(CreateVolume.blank(name, MoveWorld.SIZE)).id();

            assertRefused(Failure.EXISTS_DIFFERENTLY, name);

            assertThat(pool.find(strange)).isPresent();
            pool.delete(strange);
        }
        world.checkThatAllAgree(volume, CONTENT, "refused");
    }

    @Test
    void a_copy_that_is_not_what_it_should_be_is_found_out_and_removed() throws Exception {
        world.stopMachine();
        world.storage.rotFromNowOn();

        assertRefused(Failure.CORRUPT_DATA, "no copy");

        world.checkThatAllAgree(volume, CONTENT, "rotten");
    }

    @Test
    void whoever_asks_for_less_than_a_running_machine_needs_is_told_to_encrypt_anew() {
        assertThat(failure(
                        Failure.INVALID_REQUEST,
                        () -> hvkit.volumes()
                                .move(MoveRequest.of(volume.id(), world.from.id())
                                        .copied())
                                .await()))
                .hasMessageContaining("encrypt the volume anew where it is");
        assertThat(failure(
                        Failure.IN_USE, () -> hvkit.volumes().rekey(volume.id()).await()))
                .hasMessageContaining("encrypt the volume anew while it runs");
    }

    private void assertRefused(Failure failure, String word) {
        assertThat(failure(failure, () -> hvkit.volumes().encrypt(volume.id()).await()))
                .hasMessageContaining(word);
    }

    private static DriverException failure(Failure failure, ThrowingCallable call) {
        DriverException e = catchThrowableOfType(DriverException.class, call);
        assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure);
        return e;
    }
}
