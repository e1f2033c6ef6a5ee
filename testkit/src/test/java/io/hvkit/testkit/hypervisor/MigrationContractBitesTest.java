package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Progress;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.LiveMigration;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Drivers that move machines with one fault each: the contract must find it, by the case that is about it. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MigrationContractBitesTest {

    private static final MachineMoveJob DONE = new MachineMoveJob() {
        @Override
        public Progress progress() {
            return new Progress("done", ByteSize.mebibytes(1), ByteSize.mebibytes(1));
        }

        @Override
        public Optional<JobVerdict> await(Duration limit) {
            return Optional.of(new JobVerdict.Succeeded(List.of()));
        }

        @Override
        public void cancel() {}
    };

    @TempDir
    private Path directory;

    private Judgement judgement;

    @BeforeEach
    void prepare() {
        judgement = new Judgement(directory);
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault("a_machine_moves_with_its_disk_and_runs_on_one_host_at_most", RunsOnBoth::new),
                moving("a_machine_moves_with_its_disk_and_runs_on_one_host_at_most", RefusesWhatHasMoved::new),
                moving("a_machine_moves_with_its_disk_and_runs_on_one_host_at_most", GoesBack::new),
                fault(
                        "a_machine_moves_to_a_host_that_sees_its_disk_and_back_and_is_remembered_where_it_is",
                        Forgetful::new),
                moving(
                        "a_machine_moves_to_a_host_that_sees_its_disk_and_back_and_is_remembered_where_it_is",
                        (real, here) -> pretending(real, here, Failure.EXISTS_DIFFERENTLY)),
                moving("what_is_not_there_or_does_not_fit_is_refused_and_the_machine_runs_on", SaysOneThing::new),
                moving(
                        "what_is_not_there_or_does_not_fit_is_refused_and_the_machine_runs_on",
                        (real, here) -> pretending(real, here, Failure.IN_USE)),
                moving("a_larger_target_takes_the_disk_or_is_refused_at_once", FailsLater::new),
                moving("a_cancelled_move_leaves_everything_as_it_was_and_can_begin_anew", CannotBeCancelled::new),
                moving("a_cancelled_move_leaves_everything_as_it_was_and_can_begin_anew", MistakesMoves::new),
                moving("another_connection_finds_a_move_and_an_equal_request_adopts_it", FindsNothing::new),
                fault("a_connection_that_closes_takes_its_moves_back", NeverCloses::new),
                moving(
                        "a_machine_whose_disk_is_on_its_way_elsewhere_stays",
                        (real, here) -> pretending(real, here, Failure.OPERATION_PENDING)),
                moving(
                        "keys_are_where_the_machine_is_and_nowhere_else",
                        (real, here) -> pretending(real, here, Failure.INVALID_REQUEST)));
    }

    private static Arguments fault(String name, UnaryOperator<Hypervisor> fault) {
        return Arguments.of(name, fault);
    }

    private static Arguments moving(String name, BiFunction<LiveMigration, Hypervisor, LiveMigration> fault) {
        return fault(name, real -> new Relay(real) {
            private final LiveMigration faulty =
                    fault.apply(real.liveMigration().orElseThrow(), real);

            @Override
            public Optional<LiveMigration> liveMigration() {
                return Optional.of(faulty);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("faults")
    void a_fault_is_found_by_the_case_that_is_about_it(String name, UnaryOperator<Hypervisor> fault) {
        assertThat(judgement.of(Judgement.Migrator.class, fault, name)).contains(name);
    }

    /** Says that it has moved what it should refuse. */
    private static LiveMigration pretending(LiveMigration real, Hypervisor here, Failure failure) {
        return new RelayedMigration(real, here) {
            @Override
            public MachineMoveJob start(MachineId machine, MachineMove move) throws InterruptedException {
                try {
                    return super.start(machine, move);
                } catch (DriverException e) {
                    if (e.failure() != failure) {
                        throw e;
                    }
                    return DONE;
                }
            }
        };
    }

    /** Whoever moved is still seen where it was. */
    private static final class RunsOnBoth extends Relay {
        private final Map<MachineId, Machine> seen = new HashMap<>();

        RunsOnBoth(Hypervisor real) {
            super(real);
        }

        @Override
        public Machine start(MachineSpec spec) throws InterruptedException {
            Machine started = super.start(spec);
            seen.put(started.id(), started); // it may have moved before anybody looks
            return started;
        }

        @Override
        public Optional<Machine> find(MachineId id) throws InterruptedException {
            real.find(id).ifPresent(machine -> seen.put(id, machine));
            return Optional.ofNullable(seen.get(id));
        }
    }

    private static final class Forgetful extends Relay {
        Forgetful(Hypervisor real) {
            super(real);
        }

        @Override
        public Machine start(MachineSpec spec) throws InterruptedException {
            return real.start(spec.keptAs(Persistence.TRANSIENT));
        }
    }

    private static final class NeverCloses extends Relay {
        NeverCloses(Hypervisor real) {
            super(real);
        }

        @Override
        public void close() {}
    }

    private static final class RefusesWhatHasMoved extends RelayedMigration {
        private final Hypervisor here;

        RefusesWhatHasMoved(LiveMigration real, Hypervisor here) {
            super(real, here);
            this.here = here;
        }

        @Override
        public MachineMoveJob start(MachineId machine, MachineMove move) throws InterruptedException {
            if (here.find(machine).isEmpty()) {
                throw DriverException.because(Failure.NOT_FOUND).message("no machine %s", machine);
            }
            return super.start(machine, move);
        }
    }

    private static final class GoesBack extends RelayedMigration {
        GoesBack(LiveMigration real, Hypervisor here) {
            super(real, here);
        }

        @Override
        public MachineMoveJob start(MachineId machine, MachineMove move) throws InterruptedException {
            return new RelayedJob(super.start(machine, move)) {
                private long left = ByteSize.mebibytes(8).bytes();

                @Override
                public Progress progress() {
                    return new Progress("moving", ByteSize.bytes(left--), ByteSize.mebibytes(8));
                }
            };
        }
    }

    private static final class SaysOneThing extends RelayedMigration {
        SaysOneThing(LiveMigration real, Hypervisor here) {
            super(real, here);
        }

        @Override
        public MachineMoveJob start(MachineId machine, MachineMove move) throws InterruptedException {
            try {
                return super.start(machine, move);
            } catch (DriverException e) {
                throw DriverException.because(Failure.UNREACHABLE).message("it does not go");
            }
        }
    }

    /** Finds out that a target is too large when it has begun. */
    private static final class FailsLater extends RelayedMigration {
        FailsLater(LiveMigration real, Hypervisor here) {
            super(real, here);
        }

        @Override
        public MachineMoveJob start(MachineId machine, MachineMove move) throws InterruptedException {
            boolean larger = move.disks().values().stream()
                    .filter(disk -> InMemoryJudged.file(disk).toFile().exists())
                    .anyMatch(disk -> InMemoryJudged.sizeOf(disk).compareTo(InMemoryJudged.TRACKABLE) > 0);
            return larger ? failed() : super.start(machine, move);
        }

        private static MachineMoveJob failed() {
            return new RelayedJob(DONE) {
                @Override
                public Optional<JobVerdict> await(Duration limit) {
                    return Optional.of(new JobVerdict.Failed(Failure.HOST_NOT_READY, "different sizes"));
                }
            };
        }
    }

    private static final class CannotBeCancelled extends RelayedMigration {
        CannotBeCancelled(LiveMigration real, Hypervisor here) {
            super(real, here);
        }

        @Override
        public MachineMoveJob start(MachineId machine, MachineMove move) throws InterruptedException {
            return new RelayedJob(super.start(machine, move)) {
                @Override
                public void cancel() {}
            };
        }
    }

    /** Returns whatever moves the machine, wherever to. */
    private static final class MistakesMoves extends RelayedMigration {
        MistakesMoves(LiveMigration real, Hypervisor here) {
            super(real, here);
        }

        @Override
        public MachineMoveJob start(MachineId machine, MachineMove move) throws InterruptedException {
            Optional<MachineMoveJob> job = find(machine, move.target());
            return job.isPresent() ? job.get() : super.start(machine, move);
        }
    }

    private static final class FindsNothing extends RelayedMigration {
        FindsNothing(LiveMigration real, Hypervisor here) {
            super(real, here);
        }

        @Override
        public Optional<MachineMoveJob> find(MachineId machine, Hypervisor target) {
            return Optional.empty();
        }
    }

    private static class RelayedJob implements MachineMoveJob {

        private final MachineMoveJob real;

        RelayedJob(MachineMoveJob real) {
            this.real = real;
        }

        @Override
        public Progress progress() throws InterruptedException {
            return real.progress();
        }

        @Override
        public Optional<JobVerdict> await(Duration limit) throws InterruptedException {
            return real.await(limit);
        }

        @Override
        public void cancel() throws InterruptedException {
            real.cancel();
        }
    }
}
