package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.LiveMigration;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.StopMode;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Drivers that take it wrongly that a host of a move is lost for a moment: the contract must find it. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LostMoveContractBitesTest {

    private static final Class<Judgement.MoveLoser> CONTRACT = Judgement.MoveLoser.class;
    private static final String LEFT = "what_the_host_that_is_left_says_of_a_move_is_lost";
    private static final String MOVED_TO = "what_the_host_that_is_moved_to_says_is_lost";

    @TempDir
    private Path directory;

    static Stream<Arguments> faults() {
        UnaryOperator<Hypervisor> stubborn = real -> new Stubborn(real, "start");
        return Stream.of(
                Arguments.of(LEFT, stubborn),
                Arguments.of(MOVED_TO, stubborn),
                migrating(LEFT, real -> new RelayedMigration(
                        real.liveMigration().orElseThrow(), real) {
                    @Override
                    public MachineMoveJob start(MachineId machine, MachineMove move) throws InterruptedException {
                        try {
                            return super.start(machine, move);
                        } catch (DriverException e) {
                            throw DriverException.because(e.failure())
                                    .effect(Effect.NOT_APPLIED)
                                    .message("surely not moved");
                        }
                    }
                }),
                migrating(MOVED_TO, real -> new RelayedMigration(
                        real.liveMigration().orElseThrow(), real) {
                    @Override
                    public MachineMoveJob start(MachineId machine, MachineMove move) throws InterruptedException {
                        try {
                            return super.start(machine, move);
                        } catch (DriverException e) {
                            real.stop(machine, StopMode.POWER_OFF); // wherever it is
                            throw e;
                        }
                    }
                }));
    }

    private interface Migrating {
        LiveMigration of(Hypervisor real);
    }

    private static Arguments migrating(String name, Migrating migrating) {
        UnaryOperator<Hypervisor> fault = real -> new Relay(real) {
            @Override
            public Optional<LiveMigration> liveMigration() {
                return Optional.of(migrating.of(real));
            }
        };
        return Arguments.of(name, fault);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void a_fault_is_found_by_the_case_that_is_about_it(String name, UnaryOperator<Hypervisor> fault) {
        assertThat(new Judgement(directory).of(CONTRACT, fault, name)).contains(name);
    }

    @Test
    void a_driver_without_fault_is_not_accused() {
        assertThat(new Judgement(directory).of(CONTRACT, real -> new Relay(real)))
                .isEmpty();
    }
}
