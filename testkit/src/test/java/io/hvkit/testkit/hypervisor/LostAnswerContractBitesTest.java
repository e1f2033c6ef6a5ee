package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.StopMode;
import java.nio.file.Path;
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

/** Drivers that take a lost answer wrongly: the contract must find it, by the case that is about it. */
@Tag("campaign")
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
                fault("a_definition_is_confirmed_and_starts_nothing", real -> new Relay(real) {
                    @Override
                    public Machine define(MachineSpec spec) throws InterruptedException {
                        if (find(new MachineId(spec.name())).isPresent()) {
                            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                                    .message("there is one");
                        }
                        return super.define(spec);
                    }
                }),
                fault("a_move_that_is_not_asked_for_again_leaves_no_key", real -> new Relay(real) {
                    @Override
                    public void stop(MachineId id, StopMode mode) throws InterruptedException {
                        real.control().orElseThrow().pause(id); // and keeps its keys
                    }
                }),
                stubborn("a_disk_that_was_attached_is_there_once", "attach"),
                stubborn("a_disk_that_was_detached_is_gone_and_free", "detach"),
                stubborn("a_disk_that_grew_has_the_size_that_was_asked_for", "resize"),
                stubborn("a_move_that_began_is_found_and_ends_on_the_target", "start"),
                stubborn("a_switch_to_a_copy_is_made_once_and_seen_by_everybody", "pivot"),
                stubborn("a_snapshot_is_confirmed_and_taken_once", "take"),
                stubborn("a_merge_that_began_is_found_and_ends_once", "merge"),
                stubborn("a_switch_to_what_was_merged_is_made_once", "pivot"));
    }

    private static Arguments stubborn(String name, String once) {
        return fault(name, real -> new Stubborn(real, once));
    }

    private static Arguments fault(String name, UnaryOperator<Hypervisor> fault) {
        return Arguments.of(name, fault);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void a_fault_is_found_by_the_case_that_is_about_it(String name, UnaryOperator<Hypervisor> fault) {
        assertThat(new Judgement(directory).of(CONTRACT, fault, name)).contains(name);
    }

    @Test
    void a_driver_without_fault_is_not_accused() {
        assertThat(new Judgement(directory).of(CONTRACT, real -> real)).isEmpty();
    }
}
