package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Quiescing;
import io.hvkit.hypervisor.spi.Relocation;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.Await;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Machines of which a vCenter says little more than the name: they are just being made, or their files are out of reach. What they have
 * is not taken for nothing.
 */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class UntoldMachinesIT extends VolumeCases {

    private static final HostId ESX = new HostId("esx");
    private static final ByteSize LARGER = ByteSize.mebibytes(8);

    private enum Call {
        DEFINE,
        START,
        START_AGAIN,
        FIND
    }

    private Machine machine;

    @BeforeEach
    void makeOne() throws InterruptedException {
        machine = host.define(spec);
    }

    private MachineState state(Call call) throws InterruptedException {
        return switch (call) {
            case DEFINE -> host.define(spec).state();
            case START -> host.start(spec).state();
            case START_AGAIN -> host.start(machine.id(), KeySource.NONE).state();
            case FIND -> host.find(machine.id()).orElseThrow().state();
        };
    }

    @ParameterizedTest
    @EnumSource(Call.class)
    void one_that_is_just_being_made_is_waited_for(Call call) throws Exception {
        vcenter().reset();
        vcenter().makeOf(machine.name());
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<MachineState> asked = thread.submit(() -> state(call));
            Await.until("some looks", LONG, () -> vcenter().calls("FindChild") > 2);
            assertThat(asked).isNotDone();
            assertThat(host.list())
                    .as("it is not there yet")
                    .extracting(Machine::id)
                    .doesNotContain(machine.id());
            vcenter().makeOf(machine.name());

            assertThat(asked.get())
                    .isEqualTo(
                            call == Call.START || call == Call.START_AGAIN
                                    ? MachineState.RUNNING
                                    : MachineState.STOPPED);
        } finally {
            thread.shutdownNow();
        }
        assertThat(vcenter().calls("CreateVM_Task")).isZero();
        assertThat(disks(machine.id())).containsExactly(place(disk));
    }

    @Test
    void one_whose_making_takes_too_long_is_pending_and_neither_taken_nor_gone() throws InterruptedException {
        vcenter().makeOf(machine.name());
        try (Hypervisor impatient = vmware.open(Map.of("task-limit", "PT0.1S"))) {
            requireRefused(impatient, Failure.OPERATION_PENDING, "just making machine " + machine.id());
        }
        vcenter().makeOf(machine.name());
        assertThat(host.find(machine.id())).contains(machine);
    }

    @Test
    void one_whose_files_are_out_of_reach_is_for_an_operator_to_see_to() throws InterruptedException {
        vcenter().loseSightOf(machine.name());
        requireRefused(host, Failure.HOST_NOT_READY, "does not reach the files of machine " + machine.id());
        assertThat(host.list())
                .as("it would seem to have no disks")
                .extracting(Machine::id)
                .doesNotContain(machine.id());
        vcenter().loseSightOf(machine.name());

        assertThat(host.find(machine.id())).contains(machine);
        assertThat(host.define(spec)).isEqualTo(machine);
    }

    private void requireRefused(Hypervisor asked, Failure failure, String words) {
        MachineId id = machine.id();
        Refused refused = Refused.as(failure);
        refused.saying(words, () -> asked.define(spec));
        refused.saying(words, () -> asked.start(spec));
        refused.saying(words, () -> asked.find(id));
        refused.saying(words, () -> asked.forget(id));
        refused.saying(words, () -> asked.hotPlug().orElseThrow().detach(id, disk.volume(), LONG));
        refused.saying(words, () -> asked.hostSnapshots().orElseThrow().take(id, new SnapshotId("s"), Quiescing.NONE));
        refused.saying(
                words,
                () -> asked.machineRelocation()
                        .orElseThrow()
                        .start(id, Relocation.onItsHost().storedAt(VmwareJudged.STORE)));
    }

    @Test
    void a_volume_that_an_untold_machine_may_have_does_not_grow_behind_its_back() throws Exception {
        host.start(machine.id(), KeySource.NONE);
        host.hotPlug().orElseThrow().attach(machine.id(), asDisk(pool.attach(volume.id(), ESX)));
        for (boolean isOutOfReach : new boolean[] {true, false}) {
            hide(isOutOfReach);
            Refused.as(Failure.HOST_NOT_READY).saying(machine.name(), () -> grow());
            assertThat(vcenter().calls("ExtendVirtualDisk_Task")).isZero();
            assertThat(vcenter().bytesOf(file())).isEqualTo(SIZE.bytes());
            hide(isOutOfReach);
        }
        assertThat(grow().size()).isEqualTo(LARGER);
        assertThat(vcenter().calls("ExtendVirtualDisk_Task"))
                .as("its machine did it")
                .isZero();
    }

    private void hide(boolean isOutOfReach) {
        if (isOutOfReach) {
            vcenter().loseSightOf(machine.name());
        } else {
            vcenter().makeOf(machine.name());
        }
    }

    private Volume grow() throws InterruptedException {
        return pool.growth().orElseThrow().growTo(volume.id(), LARGER);
    }

    /** Somebody may have attached it there by hand, and nobody can see that now. */
    @Test
    void nothing_is_deleted_or_copied_beside_a_machine_whose_files_are_out_of_reach() throws InterruptedException {
        vcenter().loseSightOf(machine.name());

        Refused.as(Failure.HOST_NOT_READY).saying(machine.name(), () -> pool.delete(volume.id()));
        Refused.as(Failure.HOST_NOT_READY)
                .saying(
                        machine.name(),
                        () -> pool.clones().orElseThrow().create(CloneVolume.of(volume.id(), unique())));
        assertThat(pool.list()).containsExactly(volume);
        vcenter().loseSightOf(machine.name());
        pool.delete(volume.id());
        assertThat(Path.of(vcenter().local(file()))).doesNotExist();
    }

    @Test
    void one_that_is_just_being_made_has_only_what_is_noted_and_holds_up_no_other_volume() throws InterruptedException {
        vcenter().makeOf(machine.name());

        assertThat(grow().size()).isEqualTo(LARGER);
        pool.delete(volume.id());
        assertThat(pool.list()).isEmpty();
        vcenter().makeOf(machine.name());
    }
}
