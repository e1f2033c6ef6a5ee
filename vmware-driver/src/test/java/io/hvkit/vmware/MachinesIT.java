package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.CloneRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineClone;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What is peculiar to machines of vSphere: names, folders, guests without tools, and what others did. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MachinesIT extends HostCases {

    @Test
    void names_keep_their_characters_and_have_a_length() throws InterruptedException {
        String odd = "a/b\\c%2fd [x]&<é".replace("é", "~");
        MachineSpec strange = MachineSpec.named("odd-" + UUID.randomUUID() + odd.replace(" ", "_"))
                .with(disk)
                .keptAs(Persistence.PERSISTENT);
        MachineSpec longest = MachineSpec.named("l".repeat(80)).keptAs(Persistence.PERSISTENT);

        MachineId id = host.define(strange).id();
        assertThat(id.value()).isEqualTo(strange.name());
        assertThat(host.find(id).map(Machine::name)).contains(strange.name());
        assertThat(host.list()).extracting(Machine::name).contains(strange.name());
        assertThat(host.start(id, KeySource.NONE).state()).isEqualTo(MachineState.RUNNING);
        assertThat(host.define(longest).name()).hasSize(80);
        Refused.as(Failure.INVALID_REQUEST)
                .saying(
                        "up to 80",
                        () -> host.define(MachineSpec.named("l".repeat(81)).keptAs(Persistence.PERSISTENT)));
    }

    @Test
    void sizes_that_a_vcenter_does_not_take_are_refused_with_the_rule() throws InterruptedException {
        Refused.as(Failure.INVALID_REQUEST)
                .saying("steps of 4", () -> host.define(spec.memory(ByteSize.mebibytes(130))));
        MachineSpec crowded = MachineSpec.named(spec.name()).keptAs(Persistence.PERSISTENT);
        for (int i = 0; i < 16; i++) {
            crowded = crowded.with(vmware.at(new VolumeId("crowd-" + i)));
        }
        MachineSpec sixteen = crowded;
        Refused.as(Failure.EXHAUSTED).saying("15 disks", () -> host.define(sixteen));
        assertThat(host.find(new MachineId(spec.name()))).isEmpty();
    }

    @Test
    void a_name_on_another_host_or_of_a_machine_that_is_not_ours_is_taken() throws InterruptedException {
        host.define(spec);

        try (Hypervisor other = vmware.open(Map.of("host", "DC0_C0_H1"))) {
            assertThat(other.find(new MachineId(spec.name()))).isEmpty();
            Refused.as(Failure.EXISTS_DIFFERENTLY).saying(spec.name(), () -> other.start(spec));
            Refused.as(Failure.NOT_FOUND)
                    .saying(spec.name(), () -> other.start(new MachineId(spec.name()), KeySource.NONE));
            other.stop(new MachineId(spec.name()), StopMode.POWER_OFF);
            other.forget(new MachineId(spec.name()));
        }
        assertThat(host.find(new MachineId(spec.name()))).isPresent();
        try (Hypervisor outside = vmware.open(Map.of("host", "DC0_H0"))) {
            Machine foreign = outside.list().get(0);
            Refused.as(Failure.EXISTS_DIFFERENTLY)
                    .saying("not made here", () -> outside.start(MachineSpec.named(foreign.name())));
            assertThat(outside.find(foreign.id())).contains(foreign);
        }
    }

    @Test
    void what_is_forgotten_leaves_its_disks_and_no_file_of_its_own() throws Exception {
        MachineId id = host.define(spec).id();
        String home = "[" + VmwareJudged.DATASTORE + "] " + id + "/" + id + ".vmx";
        for (int i = 0; i < 3; i++) {
            host.start(id, KeySource.NONE);
            host.stop(id, StopMode.POWER_OFF);
            assertThat(property(id, "config.files.vmPathName").text())
                    .as("in the same folder again, since nothing is in its way")
                    .isEqualTo(home);
            host.forget(id);
            assertThat(host.define(spec).disks()).containsExactly(place(disk));
        }
        assertThat(vmware.vcenter().calls("Destroy_Task")).isZero();
        assertThat(vmware.vcenter().calls("DeleteVirtualDisk_Task")).isZero();
    }

    @Test
    void a_disk_in_the_machines_own_folder_outlives_it_too() throws Exception {
        String name = "own-" + UUID.randomUUID();
        Disk inside = vmware.disk(new VolumeId(name), name);
        MachineSpec wanted = MachineSpec.named(name).with(inside);

        for (int i = 0; i < 2; i++) {
            MachineId id = host.start(wanted).id();
            host.stop(id, StopMode.POWER_OFF);
            assertThat(host.find(id)).isEmpty();
        }
        assertThat(host.define(wanted.keptAs(Persistence.PERSISTENT)).disks()).containsExactly(place(inside));
    }

    @Test
    void files_that_somebody_left_in_a_machines_folder_are_not_touched() throws Exception {
        MachineId id = host.define(spec).id();
        admin(vmware.at("DC0/vm/" + id), "UnregisterVM"); // as somebody may by hand: its files stay
        assertThat(host.find(id)).isEmpty();

        assertThat(host.define(spec).id()).isEqualTo(id);
        assertThat(property(id, "config.files.vmPathName").text())
                .isNotEqualTo("[" + VmwareJudged.DATASTORE + "] " + id + "/" + id + ".vmx");
    }

    @Test
    void a_transient_machine_whose_guest_shut_down_by_itself_is_gone_and_in_nobodys_way() throws Exception {
        MachineSpec fleeting = spec.keptAs(Persistence.TRANSIENT);
        MachineId id = host.start(fleeting).id();
        admin(vmware.at("DC0/vm/" + id), "ShutdownGuest");

        assertThat(host.find(id)).isEmpty();
        assertThat(host.list()).extracting(Machine::id).doesNotContain(id);
        Refused.as(Failure.NOT_FOUND).saying(id.value(), () -> host.start(id, KeySource.NONE));
        assertThat(host.start(fleeting.cpus(2)).state()).isEqualTo(MachineState.RUNNING);
        assertThat(property(id, "config.hardware.numCPU").text()).isEqualTo("2");
        admin(vmware.at("DC0/vm/" + id), "ShutdownGuest");
        host.stop(id, StopMode.POWER_OFF);
        assertThat(host.define(spec).state()).isEqualTo(MachineState.STOPPED);
    }

    @Test
    void a_start_that_fails_leaves_nothing_and_the_next_one_works() throws InterruptedException {
        for (MachineSpec each : List.of(spec, spec.keptAs(Persistence.TRANSIENT))) {
            vmware.vcenter().next(1, "PowerOnVM_Task", "task", "InsufficientMemoryResourcesFault");
            Refused.as(Failure.EXHAUSTED).saying("InsufficientMemory", () -> host.start(each));
            assertThat(host.find(new MachineId(each.name()))).isEmpty();

            MachineId id = host.start(each).id();
            host.stop(id, StopMode.POWER_OFF);
            host.forget(id);
        }
    }

    @Test
    void what_somebody_else_is_changing_is_tried_again() throws InterruptedException {
        vmware.vcenter().next(2, "CreateVM_Task", "task", "ConcurrentAccess");
        vmware.vcenter().next(1, "PowerOnVM_Task", "task", "TaskInProgress");
        vmware.vcenter().next(1, "PowerOnVM_Task", "task", "VAppTaskInProgress");
        vmware.vcenter().next(1, "PowerOnVM_Task", "task", "FailToLockFaultToleranceVMs");
        vmware.vcenter().next(2, "ReconfigVM_Task", "task", "TaskInProgress");
        MachineId id = host.start(spec).id();

        host.hotPlug().orElseThrow().detach(id, disk.volume(), LONG);

        assertThat(disks(id)).isEmpty();
        assertThat(vmware.vcenter().calls("ReconfigVM_Task")).isEqualTo(3);
    }

    @Test
    void what_a_host_did_not_answer_is_looked_for_and_not_said_to_be_undone() throws InterruptedException {
        vmware.vcenter().next(1, "PowerOnVM_Task", "task", "HostCommunication");
        MachineId id = host.start(spec).id();
        assertThat(vmware.vcenter().calls("PowerOnVM_Task")).isEqualTo(2);
        host.stop(id, StopMode.POWER_OFF);
        host.forget(id);

        vmware.vcenter().reset();
        vmware.vcenter().next(7, "PowerOnVM_Task", "task", "HostNotReachable");
        long start = System.nanoTime();
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> host.start(spec))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.UNREACHABLE))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNKNOWN));
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .as("the host is given time")
                .isGreaterThan(Duration.ofMillis(1500));
        assertThat(vmware.vcenter().calls("FindChild"))
                .as("a look before each try")
                .isGreaterThanOrEqualTo(7);
        assertThat(host.find(id)).as("it may be coming up").isPresent();
        assertThat(host.start(spec).state()).isEqualTo(MachineState.RUNNING);
    }

    @Test
    void an_answer_that_is_lost_while_its_task_is_slow_makes_nothing_twice() throws InterruptedException {
        vmware.vcenter().tasksTake(400);
        for (String method : List.of("CreateVM_Task", "PowerOnVM_Task", "ReconfigVM_Task", "PowerOffVM_Task")) {
            vmware.vcenter().next(1, method, "dropafter", "");
        }
        MachineId id = host.start(spec).id();
        Disk data = vmware.disk(new VolumeId(disk.volume() + "-data"));
        host.hotPlug().orElseThrow().attach(id, data);
        assertThat(disks(id)).containsExactly(place(disk), place(data));
        host.stop(id, StopMode.POWER_OFF);

        assertThat(host.find(id).map(Machine::state)).contains(MachineState.STOPPED);
        for (String method : List.of("CreateVM_Task", "PowerOnVM_Task", "ReconfigVM_Task", "PowerOffVM_Task")) {
            assertThat(vmware.vcenter().calls(method)).as(method).isEqualTo(1);
        }
    }

    @Test
    void a_guest_without_tools_cannot_be_asked_and_says_so_at_once() throws InterruptedException {
        MachineId id = host.start(spec).id();
        vmware.vcenter().next(2, "ShutdownGuest", "soap", "ToolsUnavailable");

        Refused.as(Failure.TIMED_OUT).saying("VMware Tools", () -> host.stop(id, StopMode.GRACEFUL));
        assertThat(host.find(id).map(Machine::state)).contains(MachineState.RUNNING);
        host.stop(id, StopMode.GRACEFUL.orPowerOff());
        assertThat(host.find(id).map(Machine::state)).contains(MachineState.STOPPED);
    }

    @Test
    void tags_are_kept_with_the_machine_and_are_part_of_the_request() throws Exception {
        MachineSpec tagged = spec.tagged("owner", "a team").tagged("empty", "");
        MachineId id = host.define(tagged).id();

        assertThat(host.define(tagged).id()).isEqualTo(id);
        assertThat(note(id, "hvkit.tag.owner")).containsExactly("=a team");
        Refused.as(Failure.EXISTS_DIFFERENTLY).saying(id.value(), () -> host.define(spec));
        Refused.as(Failure.EXISTS_DIFFERENTLY).saying(id.value(), () -> host.define(tagged.tagged("owner", "another")));
    }

    @Test
    void a_start_that_goes_on_after_it_was_cancelled_is_confirmed_by_the_next_one() throws InterruptedException {
        for (MachineSpec each : List.of(spec, MachineSpec.named("t-" + UUID.randomUUID()))) {
            try (Hypervisor impatient = vmware.open(Map.of("task-limit", "PT0.7S"))) {
                vmware.vcenter().stubborn("PowerOnVM_Task", 2000);
                assertThatExceptionOfType(DriverException.class)
                        .isThrownBy(() -> impatient.start(each))
                        .matches(e -> e.failure() == Failure.TIMED_OUT)
                        .matches(e -> e.effect() == Effect.UNKNOWN);
            }
            assertThat(vmware.vcenter().calls("CancelTask")).isPositive();

            assertThat(host.start(each).state()).isEqualTo(MachineState.RUNNING);
            assertThat(host.list()).extracting(Machine::name).containsOnlyOnce(each.name());
        }
        assertThat(vmware.vcenter().calls("CreateVM_Task")).isEqualTo(2);
    }

    @Test
    void of_two_processes_that_make_the_same_machine_or_clone_one_makes_it_and_both_have_it() throws Exception {
        vmware.vcenter().tasksTake(500);
        MachineId id = new MachineId(spec.name());
        CloneRequest request = CloneRequest.named(id + "-c")
                .calling(disk.volume(), new VolumeId(id + "-c"))
                .as(MachineClone.Kind.FULL);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (Hypervisor other = vmware.open(Map.of())) {
            Future<Machine> theirs = thread.submit(() -> other.define(spec));
            Machine ours = host.define(spec);
            assertThat(theirs.get()).isEqualTo(ours);
            Future<MachineClone> theirClone =
                    thread.submit(() -> other.machineClones().orElseThrow().clone(id, request));
            MachineClone ourClone = host.machineClones().orElseThrow().clone(id, request);
            assertThat(theirClone.get()).isEqualTo(ourClone);
            host.forget(ourClone.machine().id());
            vmware.delete(ourClone.machine().disks().get(0));
        } finally {
            thread.shutdownNow();
        }
        assertThat(vmware.vcenter().done("CreateVM_Task")).isEqualTo(1);
        assertThat(vmware.vcenter().done("CloneVM_Task")).isEqualTo(1);
    }

    @Test
    void a_name_that_the_vcenter_calls_taken_and_shows_to_nobody_is_taken() throws InterruptedException {
        vmware.vcenter().next(1, "CreateVM_Task", "task", "DuplicateName");
        Refused.as(Failure.EXISTS_DIFFERENTLY).saying("DuplicateName", () -> host.define(spec));
        assertThat(host.find(new MachineId(spec.name()))).isEmpty();
        MachineId id = host.define(spec).id();
        CloneRequest request = CloneRequest.named(id + "-c")
                .calling(disk.volume(), new VolumeId(id + "-c"))
                .as(MachineClone.Kind.FULL);
        vmware.vcenter().next(1, "CloneVM_Task", "task", "DuplicateName");
        Refused.as(Failure.EXISTS_DIFFERENTLY)
                .saying(
                        "DuplicateName",
                        () -> host.machineClones().orElseThrow().clone(id, request));
        assertThat(host.find(new MachineId(id + "-c"))).isEmpty();
    }

    @Test
    void of_two_processes_that_want_the_same_one_does_it_and_both_have_it() throws Exception {
        MachineId id = host.define(spec).id();
        vmware.vcenter().reset();
        vmware.vcenter().tasksTake(300);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (Hypervisor other = vmware.open(Map.of())) {
            Future<MachineState> theirs = thread.submit(() -> other.start(id).state());
            assertThat(host.start(id).state()).isEqualTo(MachineState.RUNNING);
            assertThat(theirs.get()).isEqualTo(MachineState.RUNNING);
            Future<?> stopping = thread.submit(() -> {
                other.stop(id, StopMode.POWER_OFF);
                return id;
            });
            host.stop(id, StopMode.POWER_OFF);
            stopping.get();
        } finally {
            thread.shutdownNow();
        }

        assertThat(host.find(id).orElseThrow().state()).isEqualTo(MachineState.STOPPED);
        assertThat(vmware.vcenter().done("PowerOnVM_Task")).isEqualTo(1);
        assertThat(vmware.vcenter().done("PowerOffVM_Task")).isEqualTo(1);
    }
}
