package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostFacts;
import io.hvkit.core.MachineId;
import io.hvkit.core.Support;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.CopyMode;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.contract.Waiver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Drivers with one fault each: the contract must find it, by the case that is about it. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ContractBitesTest {

    private static final String WRITE_BLOCKING =
            "a_copy_that_holds_up_what_the_guest_writes_succeeds_or_is_not_offered_and_refused";
    private static final String SHARING =
            "disks_of_one_machine_share_a_limit_and_all_arrive_or_that_is_not_offered_and_refused";

    @TempDir
    private Path directory;

    private Judgement judgement;

    @BeforeEach
    void prepare() {
        judgement = new Judgement(directory);
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault("start_again_with_other_processors_is_refused", AnyMachineWillDo::new),
                fault("start_gives_a_running_machine_of_that_name_with_its_disk", KnowsNoDisks::new),
                fault("start_again_with_an_equal_request_gives_the_same_machine", RefusesWhatRuns::new),
                fault("a_machine_is_seen_through_another_connection_and_outlives_it", RemembersItsOwnOnly::new),
                fault("a_machine_is_seen_through_another_connection_and_outlives_it", ClosesMachinesToo::new),
                fault("stop_has_ended_the_machine_when_it_returns_and_may_be_repeated", StopsLater::new),
                fault("stopping_forgetting_or_finding_what_never_was_succeeds", ComplainsOfAbsence::new),
                fault("a_disk_that_is_not_there_is_not_found_and_leaves_no_machine", SaysDefect::new),
                fault("a_running_machine_is_not_forgotten", ForgetsAnything::new),
                fault("a_persistent_machine_is_remembered_until_it_is_forgotten_or_refused", KeepsNothing::new),
                fault("a_connection_offers_no_more_than_its_type_declares", PromisesMore::new),
                fault("facets_are_there_exactly_when_the_feature_is_offered", LacksItsFacet::new),
                fault("probe_looks_now_and_gives_reasons", KeepsOldFacts::new),
                fault("probe_looks_now_and_gives_reasons", RemembersItsProbe::new));
    }

    private static Arguments fault(String name, UnaryOperator<Hypervisor> fault) {
        return Arguments.of(name, fault);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void a_fault_is_found_by_the_case_that_is_about_it(String name, UnaryOperator<Hypervisor> fault) {
        assertThat(judgement.of(Judgement.Driver.class, fault, name)).contains(name);
    }

    @Test
    void a_driver_that_can_neither_hold_up_writes_nor_share_a_limit_and_says_so_is_not_accused() {
        assertThat(judgement.of(Judgement.Mover.class, real -> new Moves(real) {
                    @Override
                    public Features<HypervisorFeature> features() {
                        return real.features()
                                .with(HypervisorFeature.WRITE_BLOCKING_COPY, Support.NONE)
                                .with(HypervisorFeature.SHARED_COPY_BANDWIDTH, Support.NONE);
                    }

                    @Override
                    public BlockJob start(MachineId machine, VolumeId disk, DiskMove move) throws InterruptedException {
                        assertThat(move.copyMode())
                                .as("what reaches the driver")
                                .isEqualTo(CopyMode.BACKGROUND);
                        assertThat(move.sharedBandwidth()).isEmpty();
                        return moves.start(machine, disk, move);
                    }
                }))
                .isEmpty();
    }

    static Stream<Arguments> faultsOfMoves() {
        return Stream.of(
                fault("a_move_that_waits_switches_when_it_is_asked_and_not_before", real -> new Moves(real) {
                    @Override
                    public BlockJob start(MachineId machine, VolumeId disk, DiskMove move) throws InterruptedException {
                        return moves.start(machine, disk, move.pivoting(Pivot.WHEN_READY));
                    }
                }),
                fault(
                        "an_equal_request_and_another_connection_find_the_job_and_a_different_one_is_refused",
                        real -> new Moves(real) {
                            @Override
                            public Optional<BlockJob> find(MachineId machine, VolumeId disk) {
                                return Optional.empty();
                            }
                        }),
                fault("a_request_that_has_succeeded_is_confirmed_and_done_once", real -> new Moves(real) {
                    @Override
                    public BlockJob start(MachineId machine, VolumeId disk, DiskMove move) throws InterruptedException {
                        boolean there = find(machine).stream()
                                .flatMap(found -> found.disks().stream())
                                .anyMatch(each -> each.volume().equals(disk));
                        if (!there) {
                            throw DriverException.because(Failure.NOT_FOUND).message("no disk %s", disk);
                        }
                        return moves.start(machine, disk, move);
                    }
                }),
                fault("a_larger_target_takes_the_disk_or_is_refused_at_once", real -> new Moves(real) {
                    @Override
                    public BlockJob start(MachineId machine, VolumeId disk, DiskMove move) throws InterruptedException {
                        BlockJob job = moves.start(machine, disk, move.pivoting(Pivot.WHEN_ASKED));
                        if (InMemoryJudged.sizeOf(move.target()).compareTo(InMemoryJudged.TRACKABLE) > 0) {
                            job.cancel(); // as QEMU does in the end
                        } else if (move.pivot() == Pivot.WHEN_READY) {
                            job.pivot();
                        }
                        return job;
                    }
                }),
                fault(WRITE_BLOCKING, real -> new Moves(real) {
                    @Override
                    public BlockJob start(MachineId machine, VolumeId disk, DiskMove move) throws InterruptedException {
                        if (move.copyMode() == CopyMode.WRITE_BLOCKING) {
                            throw DriverException.because(Failure.UNSUPPORTED).message("offered, and not known");
                        }
                        return moves.start(machine, disk, move);
                    }
                }),
                fault(SHARING, real -> new Moves(real) {
                    private final AtomicBoolean isTaken = new AtomicBoolean();

                    @Override
                    public BlockJob start(MachineId machine, VolumeId disk, DiskMove move) throws InterruptedException {
                        if (move.sharedBandwidth().isPresent() && isTaken.getAndSet(true)) {
                            throw DriverException.because(Failure.OPERATION_PENDING)
                                    .message("one at a time");
                        }
                        return moves.start(machine, disk, move);
                    }
                }),
                fault(SHARING, real -> new Moves(real) {
                    @Override
                    public BlockJob start(MachineId machine, VolumeId disk, DiskMove move) throws InterruptedException {
                        Optional<BlockJob> running = moves.find(machine, disk);
                        return running.isPresent() ? running.get() : moves.start(machine, disk, move);
                    }
                }),
                fault("what_cannot_be_moved_is_refused_before_anything_is_written", real -> new Moves(real) {
                    @Override
                    public BlockJob start(MachineId machine, VolumeId disk, DiskMove move) throws InterruptedException {
                        try {
                            return moves.start(machine, disk, move);
                        } catch (DriverException e) {
                            throw DriverException.because(Failure.UNREACHABLE).message("libvirt says no");
                        }
                    }
                }));
    }

    @ParameterizedTest
    @MethodSource("faultsOfMoves")
    void a_fault_of_moving_is_found_by_the_case_that_is_about_it(String name, UnaryOperator<Hypervisor> fault) {
        assertThat(judgement.of(Judgement.Mover.class, fault, name)).contains(name);
    }

    @Test
    void a_driver_without_fault_is_not_accused() {
        assertThat(judgement.of(real -> real, List.of())).isEmpty();
    }

    @Test
    void a_waived_case_is_run_and_reported_with_the_reason() throws IOException {
        String name = "probe_looks_now_and_gives_reasons";

        assertThat(judgement.of(RemembersItsProbe::new, List.of(new Waiver(name, "array <X> caches, \"#7\""))))
                .isEmpty();
        assertThat(Files.readString(directory.resolve("Driver.json")))
                .contains(
                        "{\"name\":\"" + name + "\",\"result\":\"WAIVED\",\"reason\":\"array <X> caches, \\\"#7\\\"\"}")
                .contains("\"result\":\"KEPT\"")
                .doesNotContain("BROKEN");
        assertThat(Files.readString(directory.resolve("Driver.html")))
                .contains("waived</td><td>array &lt;X&gt; caches");
    }

    @Test
    void a_waiver_that_is_not_needed_fails_its_case_and_no_other_is_covered() throws IOException {
        String unneeded = "an_option_that_is_not_declared_is_refused_by_name";

        assertThat(judgement.of(RemembersItsProbe::new, List.of(new Waiver(unneeded, "once"))))
                .containsExactlyInAnyOrder(unneeded, "probe_looks_now_and_gives_reasons");
        assertThat(Files.readString(directory.resolve("Driver.json"))).contains("the waiver is not needed: once");
        assertThatIllegalArgumentException().isThrownBy(() -> new Waiver(unneeded, " "));
    }

    private static final class AnyMachineWillDo extends Relay {
        AnyMachineWillDo(Hypervisor real) {
            super(real);
        }

        @Override
        public Machine start(MachineSpec spec) throws InterruptedException {
            Optional<Machine> there = find(new MachineId(spec.name()));
            return there.isPresent() ? there.get() : real.start(spec);
        }
    }

    private static final class KnowsNoDisks extends Relay {
        KnowsNoDisks(Hypervisor real) {
            super(real);
        }

        @Override
        public Optional<Machine> find(MachineId id) throws InterruptedException {
            return real.find(id).map(machine -> machine.with(List.of()));
        }
    }

    private static final class RefusesWhatRuns extends Relay {
        RefusesWhatRuns(Hypervisor real) {
            super(real);
        }

        @Override
        public Machine start(MachineSpec spec) throws InterruptedException {
            if (find(new MachineId(spec.name())).isPresent()) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY).message("it runs");
            }
            return real.start(spec);
        }
    }

    private static final class RemembersItsOwnOnly extends Relay {
        private final Set<MachineId> mine = new HashSet<>();

        RemembersItsOwnOnly(Hypervisor real) {
            super(real);
        }

        @Override
        public Machine start(MachineSpec spec) throws InterruptedException {
            Machine machine = real.start(spec);
            mine.add(machine.id());
            return machine;
        }

        @Override
        public List<Machine> list() throws InterruptedException {
            return real.list().stream()
                    .filter(machine -> mine.contains(machine.id()))
                    .toList();
        }
    }

    private static final class ClosesMachinesToo extends Relay {
        ClosesMachinesToo(Hypervisor real) {
            super(real);
        }

        @Override
        public void close() {
            try {
                for (Machine machine : real.list()) {
                    real.stop(machine.id(), StopMode.POWER_OFF);
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static final class StopsLater extends Relay {
        private final Set<MachineId> asked = new HashSet<>();

        StopsLater(Hypervisor real) {
            super(real);
        }

        @Override
        public void stop(MachineId id, StopMode mode) throws InterruptedException {
            if (!asked.add(id)) {
                real.stop(id, mode);
            }
        }
    }

    private static final class ComplainsOfAbsence extends Relay {
        ComplainsOfAbsence(Hypervisor real) {
            super(real);
        }

        @Override
        public void stop(MachineId id, StopMode mode) throws InterruptedException {
            if (find(id).isEmpty()) {
                throw DriverException.because(Failure.NOT_FOUND).message("no machine %s", id);
            }
            real.stop(id, mode);
        }
    }

    private static final class SaysDefect extends Relay {
        SaysDefect(Hypervisor real) {
            super(real);
        }

        @Override
        public Machine start(MachineSpec spec) throws InterruptedException {
            try {
                return real.start(spec);
            } catch (DriverException e) {
                throw new IllegalStateException("something went wrong", e);
            }
        }
    }

    private static final class ForgetsAnything extends Relay {
        ForgetsAnything(Hypervisor real) {
            super(real);
        }

        @Override
        public void forget(MachineId id) throws InterruptedException {
            real.stop(id, StopMode.POWER_OFF);
            real.forget(id);
        }
    }

    private static final class KeepsNothing extends Relay {
        KeepsNothing(Hypervisor real) {
            super(real);
        }

        @Override
        public Machine start(MachineSpec spec) throws InterruptedException {
            return real.start(spec.keptAs(Persistence.TRANSIENT));
        }
    }

    private static final class PromisesMore extends Relay {
        PromisesMore(Hypervisor real) {
            super(real);
        }

        @Override
        public Features<HypervisorFeature> features() {
            return real.features().with(HypervisorFeature.ENCRYPTED_DISKS, Support.NATIVE);
        }
    }

    private static final class LacksItsFacet extends Relay {
        LacksItsFacet(Hypervisor real) {
            super(real);
        }

        @Override
        public Optional<LiveDiskMigration> liveDiskMigration() {
            return Optional.empty();
        }
    }

    private static final class RemembersItsProbe extends Relay {
        RemembersItsProbe(Hypervisor real) {
            super(real);
        }

        @Override
        public HostFacts probe() {
            return HostFacts.at(Instant.EPOCH);
        }
    }

    private static final class KeepsOldFacts extends Relay {
        KeepsOldFacts(Hypervisor real) {
            super(real);
        }

        @Override
        public HostFacts facts(Duration noOlderThan) {
            return HostFacts.at(Instant.EPOCH);
        }
    }

    /** A connection that does one thing of moving wrong. */
    private static class Moves extends Relay implements LiveDiskMigration {

        final LiveDiskMigration moves;

        Moves(Hypervisor real) {
            super(real);
            this.moves = real.liveDiskMigration().orElseThrow();
        }

        @Override
        public Optional<LiveDiskMigration> liveDiskMigration() {
            return Optional.of(this);
        }

        @Override
        public BlockJob start(MachineId machine, VolumeId disk, DiskMove move) throws InterruptedException {
            return moves.start(machine, disk, move);
        }

        @Override
        public Optional<BlockJob> find(MachineId machine, VolumeId disk) throws InterruptedException {
            return moves.find(machine, disk);
        }
    }
}
