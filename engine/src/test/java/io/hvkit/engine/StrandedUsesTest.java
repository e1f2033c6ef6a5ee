package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.engine.machine.MigrateRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a machine's way from one host to another where the pool did not answer, and how it ends. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StrandedUsesTest {

    @TempDir
    private Path directory;

    private MachineWorld world;
    private HvKit hvkit;
    private MachineRecord web;
    private VolumeRecord data;
    private HostRecord home;
    private HostRecord other;

    @BeforeEach
    void run() throws Exception {
        world = new MachineWorld(directory);
        hvkit = world.calm();
        web = hvkit.machines().start(world.request(hvkit, "web-01")).await();
        data = world.disks(web).get(1);
        boolean isOne = web.host().filter(world.one.id()::equals).isPresent();
        home = isOne ? world.one : world.two;
        other = isOne ? world.two : world.one;
    }

    @AfterEach
    void close() {
        hvkit.close();
    }

    private static VolumeUse on(HostRecord host, Reason reason) {
        return VolumeUse.by(host.hostId()).because(reason).shared();
    }

    /** Leaves the volume as an operation may that could not go on. */
    private void leave(VolumeUse... uses) throws InterruptedException {
        try (StoragePool pool = world.poolOf(data)) {
            for (VolumeUse standing : pool.uses(MachineWorld.external(data))) {
                pool.detach(MachineWorld.external(data), standing.host(), standing.reason());
            }
            for (VolumeUse use : uses) {
                Attachment unused = pool.attach(MachineWorld.external(data), use);
            }
        }
    }

    @Test
    void a_host_to_which_the_machine_did_not_come_has_its_volume_no_more() throws Exception {
        leave(on(home, Reason.MACHINE), on(other, Reason.MIGRATION));

        assertThat(hvkit.volumes().tidy(data.id()).await()).isEqualTo(data);

        assertThat(world.uses(data)).containsExactly(VolumeUse.by(home.hostId()));
        world.checkThatAllAgree("tidied up");
    }

    @Test
    void a_host_that_the_machine_has_left_has_its_volume_no_more_and_the_one_to_which_it_came_has_it_as_others_do()
            throws Exception {
        leave(on(other, Reason.MACHINE), on(home, Reason.MIGRATION));

        hvkit.volumes().tidy(data.id()).await();

        world.checkThatAllAgree("tidied up");
    }

    @Test
    void what_a_machine_that_is_stopped_has_left_anywhere_does_not_keep_it_from_a_start() throws Exception {
        hvkit.machines().stop(web.id(), StopMode.POWER_OFF).await();
        leave(VolumeUse.by(other.hostId()));

        hvkit.volumes().tidy(data.id()).await();

        world.checkThatAllAgree("tidied up");
        hvkit.machines().start(web.id()).await();
        world.checkThatAllAgree("it runs");
    }

    @Test
    void a_volume_that_is_a_disk_of_a_machine_there_all_the_same_is_left_alone() throws Exception {
        leave(on(home, Reason.MACHINE), on(other, Reason.MIGRATION));
        try (Hypervisor direct = world.hypervisor(other);
                StoragePool pool = world.poolOf(data)) {
            Attachment place = pool.attach(MachineWorld.external(data), on(other, Reason.MIGRATION));
            direct.start(MachineSpec.named("web-01")
                    .with(Disk.of(
                            MachineWorld.external(data), place, data.place().format())));

            hvkit.volumes().tidy(data.id()).await();

            assertThat(pool.uses(MachineWorld.external(data)))
                    .containsExactlyInAnyOrder(on(home, Reason.MACHINE), on(other, Reason.MIGRATION));
        }
    }

    @Test
    void a_volume_stays_with_a_host_that_runs_the_machine_with_another_disk_which_may_lie_over_it() throws Exception {
        leave(on(home, Reason.MACHINE), on(other, Reason.MIGRATION));
        try (Hypervisor direct = world.hypervisor(other)) {
            direct.start(MachineSpec.named("web-01"));

            hvkit.volumes().tidy(data.id()).await();

            assertThat(world.uses(data))
                    .containsExactlyInAnyOrder(on(home, Reason.MACHINE), on(other, Reason.MIGRATION));
        }
    }

    @Test
    void a_host_that_cannot_tell_whether_it_has_the_machine_keeps_the_volume() throws Exception {
        leave(on(home, Reason.MACHINE), on(other, Reason.MIGRATION));
        world.hypervisors.cutOff(other.hostId());

        DriverException e = catchThrowableOfType(
                DriverException.class, () -> hvkit.volumes().tidy(data.id()).await());

        assertThat(e.failure()).as(e.getMessage()).isEqualTo(Failure.UNREACHABLE);
        assertThat(world.uses(data)).containsExactlyInAnyOrder(on(home, Reason.MACHINE), on(other, Reason.MIGRATION));
    }

    @Test
    void a_machine_of_which_nobody_knows_where_it_is_keeps_its_volumes_on_both_hosts() throws Exception {
        leave(on(home, Reason.MACHINE), on(other, Reason.MIGRATION));
        world.catalog.inTransaction(transaction -> transaction
                .machines()
                .update(transaction.machines().require(web.id()).movingTo(other.id())));

        hvkit.volumes().tidy(data.id()).await();

        assertThat(world.uses(data)).containsExactlyInAnyOrder(on(home, Reason.MACHINE), on(other, Reason.MIGRATION));
    }

    @Test
    void a_machine_whose_move_was_not_taken_back_whole_is_tidied_up_and_can_be_moved_and_stopped_again()
            throws Exception {
        leave(on(home, Reason.MACHINE), on(other, Reason.MIGRATION));
        world.catalog.inTransaction(transaction -> transaction
                .machines()
                .update(transaction.machines().require(web.id()).movingTo(other.id())));
        refused(() -> hvkit.machines().stop(web.id(), StopMode.POWER_OFF).await());
        refused(() -> hvkit.machines().migrate(MigrateRequest.of(web.id())).await());

        MachineRecord tidied = hvkit.machines().tidy(web.id()).await();

        assertThat(tidied.host()).contains(home.id());
        world.checkThatAllAgree("tidied up");
        assertThat(hvkit.machines().tidy(web.id()).await()).as("again").isEqualTo(tidied);
        hvkit.machines().migrate(MigrateRequest.of(web.id())).await();
        world.checkThatAllAgree("moved");
        hvkit.machines().stop(web.id(), StopMode.POWER_OFF).await();
        world.checkThatAllAgree("stopped");
    }

    @Test
    void a_machine_that_runs_where_its_move_was_given_up_is_left_as_it_is() throws Exception {
        leave(on(home, Reason.MACHINE), on(other, Reason.MIGRATION));
        world.catalog.inTransaction(transaction -> transaction
                .machines()
                .update(transaction.machines().require(web.id()).movingTo(other.id())));
        try (Hypervisor direct = world.hypervisor(other)) {
            direct.start(MachineSpec.named("web-01"));

            refused(() -> hvkit.machines().tidy(web.id()).await());

            assertThat(world.record("web-01").state()).isEqualTo(MachineRecord.State.MOVING);
            assertThat(world.uses(data))
                    .containsExactlyInAnyOrder(on(home, Reason.MACHINE), on(other, Reason.MIGRATION));
        }
    }

    private static void refused(ThrowingCallable call) {
        DriverException e = catchThrowableOfType(DriverException.class, call);
        assertThat(e).as("refused").isNotNull();
        assertThat(e.failure()).as(e.getMessage()).isEqualTo(Failure.IN_USE);
    }

    @Test
    void a_volume_of_no_machine_and_what_other_hosts_have_are_left_alone() throws Exception {
        VolumeUse stranger = VolumeUse.by(new HostId("stranger")).shared();
        leave(on(home, Reason.MACHINE), on(other, Reason.MIGRATION), stranger);

        hvkit.volumes().tidy(data.id()).await();

        assertThat(world.uses(data)).containsExactlyInAnyOrder(on(home, Reason.MACHINE), stranger);
        world.catalog.inTransaction(transaction -> {
            transaction
                    .attachments()
                    .where(AttachmentRecord.VOLUME, data.id())
                    .forEach(transaction.attachments()::delete);
            return transaction;
        });
        hvkit.volumes().tidy(data.id()).await();
        assertThat(world.uses(data)).as("it runs there, unrecorded").contains(on(home, Reason.MACHINE));
    }
}
