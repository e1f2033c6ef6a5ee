package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.SnapshotId;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Quiescing;
import io.hvkit.hypervisor.spi.Relocation;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.Await;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
        for (Failure failure : List.of(Failure.HOST_NOT_READY, Failure.OPERATION_PENDING)) {
            hide(failure);
            try (StoragePool impatient = impatient()) {
                Refused.as(failure)
                        .saying(
                                machine.name(),
                                () -> impatient.growth().orElseThrow().growTo(volume.id(), LARGER));
            }
            assertThat(vcenter().calls("ExtendVirtualDisk_Task")).isZero();
            assertThat(vcenter().bytesOf(file())).isEqualTo(SIZE.bytes());
            hide(failure);
        }
        assertThat(grow().size()).isEqualTo(LARGER);
        assertThat(vcenter().calls("ExtendVirtualDisk_Task"))
                .as("its machine did it")
                .isZero();
    }

    /** Opens the pool of one who waits for others no longer than a moment. */
    private StoragePool impatient() throws InterruptedException {
        Map<String, String> options = new HashMap<>(datastore.options());
        options.put("task-limit", "PT0.2S");
        StorageDriver driver = datastore.driver();
        return driver.open(new PoolId("impatient"), datastore.type(), Options.parse(driver.options(), options));
    }

    private void hide(Failure failure) {
        if (failure == Failure.HOST_NOT_READY) {
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

    private enum Making {
        ON_KNOWN_DATASTORES,
        ON_NONE_YET
    }

    private void make(Making making) {
        if (making == Making.ON_KNOWN_DATASTORES) {
            vcenter().makeOf(machine.name());
        } else {
            vcenter().beginToMake(machine.name());
        }
    }

    /** Somebody makes it by hand, and may have named the volume's disk; nobody can see that before it is made. */
    @ParameterizedTest
    @EnumSource(Making.class)
    void nothing_is_deleted_copied_or_fetched_while_a_machine_is_just_being_made(Making making, @TempDir Path directory)
            throws Exception {
        make(making);
        VmwareDatastoreDriver driver = (VmwareDatastoreDriver) datastore.driver();
        Map<String, String> options = new HashMap<>(datastore.options());
        options.put("task-limit", "PT0.2S");
        Refused pending = Refused.as(Failure.OPERATION_PENDING);
        try (StoragePool impatient = impatient();
                VolumeTransfers transfers =
                        driver.transfers(datastore.type(), Options.parse(driver.options(), options))) {
            pending.saying(machine.name(), () -> impatient.delete(volume.id()));
            pending.saying(
                    machine.name(),
                    () -> impatient.clones().orElseThrow().create(CloneVolume.of(volume.id(), unique())));
            pending.saying(
                    machine.name(),
                    () -> transfers.download(volume.id(), directory.resolve("raw"), ProgressListener.NONE));
        }
        assertThat(vcenter().calls("DeleteVirtualDisk_Task")).isZero();
        assertThat(pool.list()).as("it is there, and no copy of it").containsExactly(volume);
        assertThat(grow().size()).as("what nobody has grows").isEqualTo(LARGER);
        make(making);
    }

    @ParameterizedTest
    @EnumSource(Making.class)
    void a_volume_is_deleted_when_it_turns_out_that_the_machine_does_not_have_it(Making making) throws Exception {
        requireAfterTheMaking(making, deletion -> deletion.get());

        assertThat(pool.list()).isEmpty();
        assertThat(Path.of(vcenter().local(file()))).doesNotExist();
    }

    @ParameterizedTest
    @EnumSource(Making.class)
    void a_volume_stays_when_it_turns_out_that_the_machine_has_it(Making making) throws Exception {
        host.start(machine.id(), KeySource.NONE);
        host.hotPlug().orElseThrow().attach(machine.id(), asDisk(pool.attach(volume.id(), ESX)));
        pool.detach(volume.id(), ESX); // as if it had never been noted
        requireAfterTheMaking(
                making,
                deletion -> assertThatThrownBy(deletion::get)
                        .cause()
                        .isInstanceOfSatisfying(
                                DriverException.class,
                                e -> assertThat(e.failure()).isEqualTo(Failure.IN_USE))
                        .hasMessageContaining(machine.name()));

        assertThat(vcenter().done("DeleteVirtualDisk_Task")).isZero();
        assertThat(pool.list()).containsExactly(volume);
    }

    @FunctionalInterface
    private interface Ending {
        void check(Future<?> deletion) throws Exception;
    }

    private void requireAfterTheMaking(Making making, Ending ending) throws Exception {
        vcenter().reset();
        make(making);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<?> deletion = thread.submit(() -> {
                pool.delete(volume.id());
                return null;
            });
            Await.until("some looks", LONG, () -> vcenter().calls("RetrievePropertiesEx") > 12);
            assertThat(deletion).isNotDone();
            assertThat(vcenter().calls("DeleteVirtualDisk_Task")).isZero();
            make(making);
            ending.check(deletion);
        } finally {
            thread.shutdownNow();
        }
    }
}
