package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Recovery;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.CloneRequest;
import io.hvkit.hypervisor.spi.HostSnapshot;
import io.hvkit.hypervisor.spi.HostSnapshots;
import io.hvkit.hypervisor.spi.HostSnapshots.Removal;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineClone;
import io.hvkit.hypervisor.spi.MachineClone.Kind;
import io.hvkit.hypervisor.spi.MachineClones;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.Quiescing;
import io.hvkit.hypervisor.spi.Relocation;
import io.hvkit.testkit.Await;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Ref;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Snapshots, clones, templates and moves whose answers are lost: the vCenter did them, and does them once, whoever asks again and
 * when. What it carried out is what it counts itself.
 */
@Tag("campaign") // it asks about our logic alone
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LostChangesIT extends HostCases {

    private static final SnapshotId BASE = new SnapshotId("base");
    private static final int ATTEMPTS = 5;
    private static final int SLOW = 700;

    private enum Change {
        TAKE("CreateSnapshot_Task"),
        REMOVE("RemoveSnapshot_Task"),
        REVERT("RevertToSnapshot_Task"),
        FULL("CloneVM_Task"),
        LINKED("CloneVM_Task"),
        TEMPLATE("MarkAsTemplate"),
        MOVE("RelocateVM_Task");

        private final String method;

        Change(String method) {
            this.method = method;
        }
    }

    private HostSnapshots snapshots;
    private MachineClones clones;
    private MachineId id;
    private MachineId clone;

    @BeforeEach
    void begin() throws InterruptedException {
        snapshots = host.hostSnapshots().orElseThrow();
        clones = host.machineClones().orElseThrow();
        id = host.define(spec).id();
        clone = new MachineId(id + "-c");
    }

    @AfterEach
    void removeAll() throws InterruptedException {
        vmware.vcenter().reset();
        List<MachineDisk> cloned = host.find(clone).map(Machine::disks).orElse(List.of());
        host.forget(clone);
        for (MachineDisk each : cloned) {
            vmware.delete(each);
        }
        clones.toMachine(id);
        for (HostSnapshot each : snapshots.list(id)) {
            snapshots.remove(id, each.id(), Removal.ALONE);
        }
        assertThat(vmware.vcenter().count("spoilt")).isZero();
    }

    private void prepare(Change change) throws InterruptedException {
        if (change == Change.REMOVE || change == Change.REVERT || change == Change.LINKED) {
            snapshots.take(id, BASE, Quiescing.NONE);
        }
        vmware.vcenter().reset();
    }

    private void make(Change change) throws InterruptedException {
        switch (change) {
            case TAKE ->
                assertThat(snapshots.take(id, BASE, Quiescing.NONE).id()).isEqualTo(BASE);
            case REMOVE -> snapshots.remove(id, BASE, Removal.ALONE);
            case REVERT -> snapshots.revert(id, BASE);
            case FULL -> cloned(Kind.FULL, request());
            case LINKED -> cloned(Kind.LINKED, request().from(BASE));
            case TEMPLATE -> clones.toTemplate(id);
            case MOVE ->
                host.machineRelocation()
                        .orElseThrow()
                        .start(id, Relocation.onItsHost().storedAt(VmwareJudged.STORE.resolveSibling("LocalDS_1")))
                        .await(LONG)
                        .orElseThrow()
                        .orThrow();
        }
    }

    private CloneRequest request() {
        return CloneRequest.named(clone.value()).calling(disk.volume(), new VolumeId(clone.value()));
    }

    private void cloned(Kind kind, CloneRequest request) throws InterruptedException {
        MachineClone made = clones.clone(id, request.as(kind));
        assertThat(made.kind()).isEqualTo(kind);
        assertThat(made.machine().disks()).hasSize(1);
    }

    /** Asks until it is done, as the SPI says that callers do, and returns how often that was. */
    private int asked(Change change) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                make(change);
                return attempt;
            } catch (DriverException e) {
                if (attempt == ATTEMPTS || e.recovery() != Recovery.RETRY_WITH_BACKOFF) {
                    throw e;
                }
            }
        }
    }

    private void requireDoneOnce(Change change) throws InterruptedException {
        assertThat(vmware.vcenter().done(change.method)).as(change.method).isEqualTo(1);
        boolean isKept = change == Change.TAKE || change == Change.REVERT || change == Change.LINKED;
        assertThat(snapshots.list(id)).extracting(HostSnapshot::id).hasSize(isKept ? 1 : 0);
        assertThat(host.list())
                .extracting(Machine::id)
                .filteredOn(clone::equals)
                .hasSize(change == Change.FULL || change == Change.LINKED ? 1 : 0);
        assertThat(clones.templates()).hasSize(change == Change.TEMPLATE ? 1 : 0);
        String store = change == Change.MOVE ? "LocalDS_1" : "LocalDS_0";
        if (change != Change.TEMPLATE) {
            assertThat(VmwareJudged.spelt(disks(id).get(0))).startsWith("[" + store + "] ");
        }
    }

    @ParameterizedTest
    @EnumSource(Change.class)
    void a_call_that_never_came_is_made_again(Change change) throws InterruptedException {
        prepare(change);
        vmware.vcenter().next(1, change.method, "drop", "");

        assertThat(asked(change)).isEqualTo(1);
        requireDoneOnce(change);
    }

    @ParameterizedTest
    @EnumSource(Change.class)
    void one_whose_answer_is_lost_is_looked_for(Change change) throws InterruptedException {
        prepare(change);
        vmware.vcenter().next(1, change.method, "dropafter", "");

        assertThat(asked(change)).isEqualTo(1);
        assertThat(vmware.vcenter().calls(change.method)).isEqualTo(1);
        requireDoneOnce(change);
    }

    @ParameterizedTest
    @EnumSource(value = Change.class, mode = EnumSource.Mode.EXCLUDE, names = "TEMPLATE")
    void the_end_of_one_whose_start_was_not_seen_is_waited_for(Change change) throws InterruptedException {
        prepare(change);
        vmware.vcenter().loseStartOf(change.method, SLOW);

        assertThat(asked(change)).isEqualTo(1);
        assertThat(vmware.vcenter().calls(change.method)).isEqualTo(1);
        requireDoneOnce(change);
    }

    /** What goes back is told by the vCenter's word alone, and goes back again. */
    @ParameterizedTest
    @EnumSource(
            value = Change.class,
            names = {"TAKE", "REMOVE", "FULL", "LINKED", "MOVE"})
    void one_that_a_host_did_and_the_vcenter_calls_a_failure_is_looked_for(Change change) throws InterruptedException {
        prepare(change);
        vmware.vcenter().next(1, change.method, "taskafter", "HostCommunication");

        assertThat(asked(change)).isEqualTo(1);
        assertThat(vmware.vcenter().calls(change.method)).isEqualTo(1);
        requireDoneOnce(change);
    }

    /** Until then it would be shown as it was before. */
    @Test
    void what_is_left_in_doubt_is_looked_at_when_the_vcenter_reaches_the_machine_again() throws Exception {
        prepare(Change.TAKE);
        vmware.vcenter().connection(id.value(), "disconnected");
        vmware.vcenter().next(2, Change.TAKE.method, "task", "HostCommunication");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (Hypervisor impatient = vmware.open(Map.of("task-limit", "PT0.5S"))) {
            assertThatExceptionOfType(DriverException.class)
                    .isThrownBy(() -> impatient.hostSnapshots().orElseThrow().take(id, BASE, Quiescing.NONE))
                    .matches(e -> e.failure() == Failure.UNREACHABLE && e.effect() == Effect.UNKNOWN);
            assertThat(vmware.vcenter().calls(Change.TAKE.method)).isEqualTo(1);

            int before = vmware.vcenter().calls("RetrievePropertiesEx");
            Future<Integer> attempts = thread.submit(() -> asked(Change.TAKE));
            Await.until(
                    "some looks at the connection",
                    LONG,
                    () -> vmware.vcenter().calls("RetrievePropertiesEx") > before + 5);
            assertThat(vmware.vcenter().calls(Change.TAKE.method)).isEqualTo(2);
            vmware.vcenter().connection(id.value(), "connected");

            assertThat(attempts.get()).isEqualTo(1);
        } finally {
            vmware.vcenter().connection(id.value(), "connected");
            thread.shutdownNow();
        }
        requireDoneOnce(Change.TAKE);
    }

    /** As after a process was killed. A move is looked after by its job, which hears of its end; going back is told below. */
    @ParameterizedTest
    @EnumSource(value = Change.class, mode = EnumSource.Mode.EXCLUDE, names = "REVERT")
    void one_that_nobody_could_look_for_is_found_by_who_asks_again(Change change) throws InterruptedException {
        prepare(change);
        vmware.vcenter().next(1, change.method, "cutafter", "");

        assertThat(asked(change)).isEqualTo(change == Change.MOVE ? 1 : 2);
        assertThat(vmware.vcenter().calls(change.method)).isEqualTo(1);
        requireDoneOnce(change);
    }

    /** A move that is under way is told to be so, and begun by nobody. */
    @ParameterizedTest
    @EnumSource(
            value = Change.class,
            names = {"TAKE", "REMOVE", "FULL", "LINKED"})
    void who_asks_again_while_it_is_still_being_done_does_not_do_it_twice(Change change) throws Exception {
        prepare(change);
        vmware.vcenter().loseAndHold(change.method);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Integer> attempts = thread.submit(() -> asked(change));
            Await.until(
                    "a second try, while the first goes on",
                    LONG,
                    () -> vmware.vcenter().calls(change.method) > 1);
            assertThat(attempts).isNotDone();
            vmware.vcenter().letGo();

            assertThat(attempts.get()).isGreaterThan(1);
        } finally {
            thread.shutdownNow();
        }
        requireDoneOnce(change);
    }

    /** What was written meanwhile cannot be told from what was there before; so a later call does as it says. */
    @Test
    void a_call_that_goes_back_does_so_whatever_became_of_an_earlier_one() throws InterruptedException {
        prepare(Change.REVERT);
        vmware.vcenter().next(1, Change.REVERT.method, "cutafter", "");
        assertThat(asked(Change.REVERT)).isEqualTo(2);
        snapshots.revert(id, BASE);

        assertThat(vmware.vcenter().done(Change.REVERT.method)).isEqualTo(3);
        assertThat(snapshots.list(id)).extracting(HostSnapshot::id).containsExactly(BASE);
        assertThat(disks(id)).containsExactly(place(disk));
    }

    @Test
    void an_earlier_call_that_went_back_is_not_taken_for_this_one() throws InterruptedException {
        prepare(Change.REVERT);
        snapshots.revert(id, BASE);
        vmware.vcenter().next(1, Change.REVERT.method, "drop", "");
        snapshots.revert(id, BASE);

        assertThat(vmware.vcenter().done(Change.REVERT.method)).isEqualTo(2);
    }

    @Test
    void what_somebody_else_goes_back_to_meanwhile_is_not_taken_for_it_either() throws Exception {
        SnapshotId later = new SnapshotId("later");
        prepare(Change.REVERT);
        snapshots.take(id, later, Quiescing.NONE);
        Ref theirs = property(id, "snapshot.currentSnapshot").ref();
        vmware.vcenter().reset();
        vmware.vcenter().next(1, Change.REVERT.method, "drop", "");
        vmware.vcenter().stall("FindChild", 0); // the first look
        vmware.vcenter().stall("FindChild", 2 * SLOW); // the next, during which they do it
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Integer> attempts = thread.submit(() -> asked(Change.REVERT));
            Await.until("the next look", LONG, () -> vmware.vcenter().calls("FindChild") == 2);
            SnapshotsIT.run(theirs, Data.of("RevertToSnapshot_Task").with("suppressPowerOn", true));

            assertThat(attempts.get()).isEqualTo(1);
        } finally {
            thread.shutdownNow();
        }
        assertThat(vmware.vcenter().done(Change.REVERT.method)).isEqualTo(2);
        assertThat(property(id, "snapshot.currentSnapshot").ref()).isNotEqualTo(theirs);
        snapshots.remove(id, later, Removal.ALONE);
    }
}
