package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.StopMode;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Drivers that take a lost answer wrongly: the contract must find it, by the case that is about it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LostAnswerContractBitesTest {

    private static final Class<Judgement.AnswerLoser> CONTRACT = Judgement.AnswerLoser.class;

    @TempDir
    private Path directory;

    static Stream<Arguments> faults() {
        return Stream.of(
                fault("a_start_is_confirmed_and_made_one_machine", real -> new Relay(real) {
                    @Override
                    public Machine start(MachineSpec spec) throws InterruptedException {
                        try {
                            return super.start(spec);
                        } catch (DriverException e) {
                            throw DriverException.because(e.failure())
                                    .effect(Effect.NOT_APPLIED)
                                    .message("surely not started");
                        }
                    }
                }),
                fault(
                        "a_start_of_a_machine_that_is_remembered_is_confirmed_and_made_one_machine",
                        real -> new Relay(real) {
                            @Override
                            public Machine start(MachineSpec spec) throws InterruptedException {
                                if (find(new MachineId(spec.name())).isPresent()) {
                                    throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                                            .message("there is one");
                                }
                                return super.start(spec);
                            }
                        }),
                fault("a_stop_is_confirmed_and_its_disk_is_free", real -> new Relay(real) {
                    @Override
                    public void stop(MachineId id, StopMode mode) throws InterruptedException {
                        if (find(id).map(Machine::state)
                                .filter(MachineState.RUNNING::equals)
                                .isEmpty()) {
                            throw DriverException.because(Failure.NOT_FOUND).message("no %s runs", id);
                        }
                        super.stop(id, mode);
                    }
                }),
                fault("a_move_that_began_is_found_and_ends_on_the_target", Moves::new));
    }

    private static Arguments fault(String name, UnaryOperator<Hypervisor> fault) {
        return Arguments.of(name, fault);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void a_fault_is_found_by_the_case_that_is_about_it(String name, UnaryOperator<Hypervisor> fault) {
        assertThat(new Judgement(directory).of(CONTRACT, fault)).contains(name);
    }

    @Test
    void a_driver_without_fault_is_not_accused() {
        assertThat(new Judgement(directory).of(CONTRACT, real -> real)).isEmpty();
    }

    /** Refuses a move that is under way, even if it is the one that is asked for. */
    private static final class Moves extends Relay implements LiveDiskMigration {

        private final LiveDiskMigration moves;

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
            if (moves.find(machine, disk).isPresent()) {
                throw DriverException.because(Failure.OPERATION_PENDING).message("it moves");
            }
            return moves.start(machine, disk, move);
        }

        @Override
        public Optional<BlockJob> find(MachineId machine, VolumeId disk) throws InterruptedException {
            return moves.find(machine, disk);
        }
    }
}
