package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Second.Role;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RekeyTest {

    private static final MachineId WEB = new MachineId("web-01");
    private static final Duration LONG = Duration.ofMinutes(1);

    @TempDir
    private Path directory;

    private RekeyWorld world;
    private RecordId<KeyRecord> first;

    @BeforeEach
    void make() throws Exception {
        Path keys = directory.resolve("kek");
        MasterKeyFile.create(keys);
        world = new RekeyWorld(keys);
        first = world.volume.key().orElseThrow();
    }

    @Test
    void a_volume_gets_another_key_and_the_former_one_opens_it_no_more() throws Exception {
        VolumeRecord rekeyed;
        try (HvKit hvkit = calm()) {
            rekeyed = hvkit.volumes().rekey(world.volume.id()).await();
        }

        RecordId<KeyRecord> second = rekeyed.key().orElseThrow();
        assertThat(second).isNotEqualTo(first);
        assertThat(world.opens(second)).isTrue();
        assertThat(world.opens(first)).isFalse();
        assertThat(world.keysIn(KeyRecord.State.RETIRED)).containsExactly(first);
        world.checkThatAllAgree("in the end");
    }

    @Test
    void a_volume_stays_the_copy_that_it_is_in_its_pool() throws Exception {
        VolumeRecord third = world.catalog.inTransaction(transaction -> {
            VolumeRecord known = transaction.volumes().require(world.volume.id());
            return transaction.volumes().update(known.at(known.place().ofCopy(2)));
        });
        try (HvKit hvkit = calm()) {
            assertThat(hvkit.volumes().rekey(third.id()).await().place().copy()).isEqualTo(2);
        }
        world.checkThatAllAgree("in the end");
    }

    @Test
    void again_and_again_it_has_one_key() throws Exception {
        try (HvKit hvkit = calm()) {
            for (int i = 0; i < 10; i++) { // more often than a header has slots
                hvkit.volumes().rekey(world.volume.id()).await();
            }
        }

        world.checkThatAllAgree("in the end");
        assertThat(world.keysIn(KeyRecord.State.RETIRED)).hasSize(10);
    }

    @Test
    void a_volume_that_is_not_encrypted_or_by_its_storage_is_refused() throws Exception {
        try (HvKit hvkit = calm()) {
            PoolRecord own = hvkit.inventory()
                    .addPool(world.pool.reach(), PoolRequest.named("p2", InMemoryStorageDriver.SELF_ENCRYPTING));
            VolumeRequest request = VolumeRequest.blank("other", ByteSize.gibibytes(1), own.id());
            VolumeRecord byStorage = hvkit.volumes().create(request.encrypted()).await();
            VolumeRecord plain = hvkit.volumes()
                    .create(VolumeRequest.blank("plain", ByteSize.gibibytes(1), world.pool.id()))
                    .await();

            assertThat(assertFailure(
                            Failure.INVALID_REQUEST,
                            () -> hvkit.volumes().rekey(plain.id()).await()))
                    .hasMessageContaining("plain")
                    .hasMessageContaining("is not encrypted");
            assertThat(assertFailure(
                            Failure.UNSUPPORTED,
                            () -> hvkit.volumes().rekey(byStorage.id()).await()))
                    .hasMessageContaining("encrypted by its storage");
        }
        world.checkThatAllAgree("nothing was touched");
    }

    @Test
    void under_a_running_machine_it_is_refused_and_under_a_stopped_one_it_is_done() throws Exception {
        Hypervisor host = world.hypervisors.open(
                world.host.hostId(), InMemoryHypervisorDriver.TYPE, Options.parse(List.of(), Map.of()));
        try (HvKit hvkit = calm()) {
            hvkit.volumes().attach(world.volume.id(), world.host.id(), WEB).await();
            host.start(MachineSpec.named(WEB.value()));

            DriverException refused = assertFailure(
                    Failure.IN_USE,
                    () -> hvkit.volumes().rekey(world.volume.id()).await());
            assertThat(refused)
                    .hasMessageContaining("web-01")
                    .hasMessageContaining("stop it or detach the volume, or encrypt the volume anew");
            assertThat(world.slots()).isOne();
            assertThat(world.opens(first)).isTrue();

            host.stop(WEB, StopMode.POWER_OFF);
            VolumeRecord rekeyed = hvkit.volumes().rekey(world.volume.id()).await();
            assertThat(rekeyed.key()).isNotEqualTo(world.volume.key());
            hvkit.volumes().detach(world.volume.id(), world.host.id(), WEB).await();
        }
        world.checkThatAllAgree("in the end");
    }

    @Test
    void where_the_host_of_the_machine_does_not_answer_nothing_is_touched() throws Exception {
        try (HvKit hvkit = calm()) {
            hvkit.volumes().attach(world.volume.id(), world.host.id(), WEB).await();
            world.hypervisors.cutOff(world.host.hostId());

            assertFailure(
                    Failure.UNREACHABLE,
                    () -> hvkit.volumes().rekey(world.volume.id()).await());
            assertThat(world.slots()).isOne();

            world.hypervisors.reachAgain(world.host.hostId());
            hvkit.volumes().detach(world.volume.id(), world.host.id(), WEB).await();
        }
        world.checkThatAllAgree("in the end");
    }

    @Test
    void a_host_that_cannot_be_worked_on_is_told_with_the_reason() throws Exception {
        try (HvKit hvkit = HvKit.open(HvKitConfig.on(world.catalog.another())
                .driversFrom(
                        HypervisorDrivers.of(List.of(world.hypervisors)), StorageDrivers.of(List.of(world.storage))))) {
            assertThat(assertFailure(
                            Failure.EXHAUSTED,
                            () -> hvkit.volumes().rekey(world.volume.id()).await()))
                    .hasMessageContaining(
                            "no host can give volume root another key: host h1: was looked at again: host h1 has"
                                    + " no end point, so it runs no storage jobs; say endPointsFrom");
        }
        world.checkThatAllAgree("nothing was touched");
    }

    @Test
    void a_new_key_whose_answer_is_lost_is_looked_for() throws Exception {
        try (HvKit hvkit = happening(RelayedEndPoint.calm(), RelayedEndPoint.once("addKey", RekeyTest::silence))) {
            hvkit.volumes().rekey(world.volume.id()).await();
        }
        assertThat(world.opens(first)).isFalse();
        world.checkThatAllAgree("in the end");
    }

    @Test
    void a_new_key_of_which_nobody_knows_is_asked_for_again() throws Exception {
        try (HvKit hvkit = happening(RelayedEndPoint.once("addKey", RekeyTest::silence), RelayedEndPoint.calm())) {
            hvkit.volumes().rekey(world.volume.id()).await();
        }
        assertThat(world.opens(first)).isFalse();
        world.checkThatAllAgree("in the end");
    }

    @Test
    void a_key_that_could_not_be_added_leaves_the_volume_as_it_was() throws Exception {
        try (HvKit hvkit = happening(RelayedEndPoint.once("addKey", RekeyTest::full), RelayedEndPoint.calm())) {
            assertFailure(
                    Failure.EXHAUSTED,
                    () -> hvkit.volumes().rekey(world.volume.id()).await());
        }
        assertThat(world.now(world.volume).key()).contains(first);
        assertThat(world.keysIn(KeyRecord.State.RETIRED)).hasSize(1);
        world.checkThatAllAgree("it is taken back");
    }

    @Test
    void a_volume_that_somebody_holds_after_a_crash_is_waited_for_and_nothing_is_taken_back_meanwhile()
            throws Exception {
        try (HvKit doomed = happening(RelayedEndPoint.always("addKey", RekeyTest::silence), RelayedEndPoint.calm())) {
            JobEnd<VolumeRecord> end = doomed.volumes().rekey(world.volume.id()).await(LONG);

            boolean isHalted =
                    end.match(done -> false, detached -> detached.halted().isPresent(), stopped -> false);
            assertThat(isHalted).as("nobody can tell: %s", end).isTrue();
        }
        assertThat(world.now(world.volume).second())
                .map(VolumeRecord.Second::role)
                .contains(Role.NEXT_KEY);
        try (HvKit next = happening(RelayedEndPoint.once("addKey", RekeyTest::held), RelayedEndPoint.calm())) {
            assertThat(next.recover().with(RecoveryReport.Verdict.HALTED)).isEmpty();
        }
        assertThat(world.opens(first)).isFalse();
        world.checkThatAllAgree("in the end");
    }

    @Test
    void a_former_key_that_cannot_be_removed_stays_recorded_and_goes_the_next_time() throws Exception {
        try (HvKit hvkit = happening(RelayedEndPoint.once("removeKey", RekeyTest::silence), RelayedEndPoint.calm())) {
            JobEnd<VolumeRecord> end = hvkit.volumes().rekey(world.volume.id()).await(LONG);

            List<String> leftovers =
                    end.match(done -> done.leftovers(), detached -> List.of("open"), stopped -> List.of("stopped"));
            assertThat(leftovers).singleElement().asString().contains("key " + first + " may still open volume");
            VolumeRecord left = world.now(world.volume);
            assertThat(left.second()).map(VolumeRecord.Second::role).contains(Role.FORMER_KEY);
            assertThat(left.second().flatMap(VolumeRecord.Second::key)).contains(first);
            world.checkThatARecordedKeyOpensIt("while two do");
            assertThat(hvkit.volumes().tidy(world.volume.id()).await())
                    .as("it is no second copy")
                    .isEqualTo(left);
            assertThat(assertFailure(
                            Failure.IN_USE,
                            () -> hvkit.volumes()
                                    .move(MoveRequest.of(world.volume.id(), world.pool.id())
                                            .copied())
                                    .await()))
                    .hasMessageContaining("key " + first);
            assertThat(assertFailure(
                            Failure.IN_USE,
                            () -> hvkit.volumes().encrypt(world.volume.id()).await()))
                    .hasMessageContaining("key " + first);
            assertThat(world.slots()).isEqualTo(2);

            hvkit.volumes().rekey(world.volume.id()).await();
        }
        assertThat(world.opens(first)).isFalse();
        world.checkThatAllAgree("in the end");
    }

    @Test
    void a_volume_that_could_not_be_given_back_is_a_leftover_and_no_other_host_gets_it_until_it_is_tidied_up()
            throws Exception {
        try (HvKit hvkit = happening(RelayedEndPoint.once("detach", RekeyTest::silence), RelayedEndPoint.calm())) {
            JobEnd<VolumeRecord> end = hvkit.volumes().rekey(world.volume.id()).await(LONG);

            List<String> leftovers =
                    end.match(done -> done.leftovers(), detached -> List.of("open"), stopped -> List.of("stopped"));
            assertThat(leftovers)
                    .singleElement()
                    .asString()
                    .contains("return: host " + world.host.id() + " may have volume " + world.volume.id() + " still")
                    .contains("tidy the volume up");
            assertThat(world.opens(first)).isFalse();
            RecordId<HostRecord> other = hvkit.inventory()
                    .addHost(world.host.cluster(), HostRequest.named("h2"))
                    .id();
            assertFailure(
                    Failure.IN_USE,
                    () -> hvkit.volumes().attach(world.volume.id(), other, WEB).await());

            hvkit.volumes().tidy(world.volume.id()).await();

            world.checkThatAllAgree("tidied up");
            hvkit.volumes().attach(world.volume.id(), other, WEB).await();
        }
    }

    @Test
    void tidying_up_takes_a_volume_from_no_machine_and_from_no_host_that_somebody_else_has() throws Exception {
        VolumeUse machine = VolumeUse.by(world.host.hostId()).shared();
        VolumeUse stranger = VolumeUse.by(new HostId("stranger"))
                .because(VolumeUse.Reason.MAINTENANCE)
                .shared();
        VolumeUse coming = machine.because(VolumeUse.Reason.MIGRATION);
        VolumeUse left = machine.because(VolumeUse.Reason.COPY);
        try (HvKit hvkit = calm();
                StoragePool pool = world.openPool()) {
            VolumeId volume = RekeyWorld.external(world.volume);
            for (VolumeUse use : List.of(machine, stranger, coming, left)) {
                assertThat(pool.attach(volume, use)).isNotNull();
            }

            assertThat(hvkit.volumes().tidy(world.volume.id()).await()).isEqualTo(world.volume);

            assertThat(pool.uses(volume)).containsExactlyInAnyOrder(machine, stranger, coming);
        }
    }

    @Test
    void a_volume_that_is_being_made_stays_with_the_host_that_makes_it() throws Exception {
        VolumeUse making = VolumeUse.by(world.host.hostId()).because(VolumeUse.Reason.MAINTENANCE);
        VolumeRecord half = world.catalog.inTransaction(
                transaction -> transaction.volumes().update(world.volume.in(VolumeRecord.State.CREATING)));
        try (HvKit hvkit = calm();
                StoragePool pool = world.openPool()) {
            assertThat(pool.attach(RekeyWorld.external(half), making)).isNotNull();

            assertThat(hvkit.volumes().tidy(half.id()).await()).isEqualTo(half);

            assertThat(pool.uses(RekeyWorld.external(half))).containsExactly(making);
        }
    }

    @Test
    void what_cannot_be_tidied_up_now_is_tidied_up_later() throws Exception {
        VolumeUse left = VolumeUse.by(world.host.hostId()).because(VolumeUse.Reason.MAINTENANCE);
        try (HvKit hvkit = happening(RelayedEndPoint.once("detach", RekeyTest::silence), RelayedEndPoint.calm());
                StoragePool pool = world.openPool()) {
            assertThat(pool.attach(RekeyWorld.external(world.volume), left)).isNotNull();

            assertFailure(
                    Failure.UNREACHABLE,
                    () -> hvkit.volumes().tidy(world.volume.id()).await());
            assertThat(pool.uses(RekeyWorld.external(world.volume))).containsExactly(left);
            hvkit.volumes().tidy(world.volume.id()).await();
        }
        world.checkThatAllAgree("tidied up");
    }

    @Test
    void a_volume_that_is_deleted_needs_none_of_its_keys_any_more() throws Exception {
        try (HvKit hvkit = happening(RelayedEndPoint.once("removeKey", RekeyTest::silence), RelayedEndPoint.calm())) {
            hvkit.volumes().rekey(world.volume.id()).await();
            hvkit.volumes().delete(world.volume.id()).await();
        }

        assertThat(world.keysIn(KeyRecord.State.ACTIVE)).isEmpty();
        assertThat(world.keysIn(KeyRecord.State.RETIRED)).hasSize(2);
    }

    private static void full() {
        throw DriverException.because(Failure.EXHAUSTED)
                .effect(Effect.NOT_APPLIED)
                .message("all slots are taken");
    }

    private static void held() {
        throw DriverException.because(Failure.IN_USE).effect(Effect.NOT_APPLIED).message("a tool of the dead holds it");
    }

    private static void silence() {
        throw DriverException.because(Failure.UNREACHABLE)
                .effect(Effect.UNKNOWN)
                .message("the host did not answer");
    }

    private HvKit calm() {
        return world.process(Fuse.counting());
    }

    private HvKit happening(RelayedEndPoint.Moment before, RelayedEndPoint.Moment after) {
        return world.process(Fuse.counting(), before, after);
    }

    private static DriverException assertFailure(Failure failure, ThrowingCallable call) {
        DriverException e = catchThrowableOfType(DriverException.class, call);
        assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure);
        return e;
    }
}
