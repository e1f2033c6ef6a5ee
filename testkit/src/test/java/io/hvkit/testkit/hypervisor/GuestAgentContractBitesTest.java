package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.AgentState;
import io.hvkit.hypervisor.spi.FrozenGuest;
import io.hvkit.hypervisor.spi.GuestAgent;
import io.hvkit.hypervisor.spi.GuestFacts;
import io.hvkit.hypervisor.spi.Hypervisor;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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

/** Drivers with one fault in how they talk to guests: the contract must find it, by the case that is about it. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class GuestAgentContractBitesTest {

    private static final Class<Judgement.Talker> CONTRACT = Judgement.Talker.class;

    @TempDir
    private Path directory;

    static Stream<Arguments> faults() {
        return Stream.of(
                fault(
                        "a_machine_without_a_channel_says_so_and_one_that_does_not_run_is_not_found",
                        real -> new Talking(real) {
                            @Override
                            public AgentState state(MachineId machine) throws InterruptedException {
                                AgentState state = super.state(machine);
                                return state == AgentState.NO_CHANNEL ? AgentState.SILENT : state;
                            }
                        }),
                fault(
                        "a_machine_without_a_channel_says_so_and_one_that_does_not_run_is_not_found",
                        real -> new Talking(real) {
                            @Override
                            public int thaw(MachineId machine) throws InterruptedException {
                                return find(machine).isEmpty() ? 0 : super.thaw(machine);
                            }
                        }),
                fault("a_guest_that_does_not_answer_is_not_frozen_and_the_call_says_so", real -> new Talking(real) {
                    @Override
                    public FrozenGuest freeze(MachineId machine, Duration longest) throws InterruptedException {
                        return state(machine) == AgentState.SILENT
                                ? new Nothing(machine)
                                : super.freeze(machine, longest);
                    }
                }),
                fault("a_guest_is_frozen_for_everybody_until_it_is_closed", real -> new Talking(real) {
                    @Override
                    public FrozenGuest freeze(MachineId machine, Duration longest) throws InterruptedException {
                        super.freeze(machine, longest).close();
                        return new Nothing(machine);
                    }
                }),
                fault("a_guest_is_frozen_for_everybody_until_it_is_closed", real -> new Talking(real) {
                    @Override
                    public FrozenGuest freeze(MachineId machine, Duration longest) throws InterruptedException {
                        try {
                            return super.freeze(machine, longest);
                        } catch (DriverException e) {
                            if (e.failure() == Failure.IN_USE) {
                                thaw(machine); // as after any other failure, but this is another's
                            }
                            throw e;
                        }
                    }
                }),
                fault(
                        "a_guest_whose_time_is_over_or_that_others_thaw_is_thawed_and_the_holder_is_told",
                        real -> new Talking(real) {
                            @Override
                            public FrozenGuest freeze(MachineId machine, Duration longest) throws InterruptedException {
                                return new Silent(super.freeze(machine, longest));
                            }
                        }),
                fault("a_guest_is_thawed_when_its_holder_or_its_connection_goes", real -> new Talking(real) {
                    @Override
                    public void close() {
                        // what it froze stays frozen
                    }
                }));
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

    /** Holds nothing. */
    private record Nothing(MachineId machine) implements FrozenGuest {

        @Override
        public int fileSystems() {
            return 1;
        }

        @Override
        public Instant thawedBy() {
            return Instant.now();
        }

        @Override
        public void close() {}
    }

    /** Closes without a word, whatever happened. */
    private record Silent(FrozenGuest real) implements FrozenGuest {

        @Override
        public MachineId machine() {
            return real.machine();
        }

        @Override
        public int fileSystems() {
            return real.fileSystems();
        }

        @Override
        public Instant thawedBy() {
            return real.thawedBy();
        }

        @Override
        public void close() {
            try {
                real.close();
            } catch (DriverException e) {
                return;
            }
        }
    }

    /** A connection that does one thing wrong. */
    private static class Talking extends Relay implements GuestAgent {

        private final GuestAgent agent;

        Talking(Hypervisor real) {
            super(real);
            this.agent = real.guestAgent().orElseThrow();
        }

        @Override
        public Optional<GuestAgent> guestAgent() {
            return Optional.of(this);
        }

        @Override
        public AgentState state(MachineId machine) throws InterruptedException {
            return agent.state(machine);
        }

        @Override
        public GuestFacts facts(MachineId machine) throws InterruptedException {
            return agent.facts(machine);
        }

        @Override
        public FrozenGuest freeze(MachineId machine, Duration longest) throws InterruptedException {
            return agent.freeze(machine, longest);
        }

        @Override
        public int thaw(MachineId machine) throws InterruptedException {
            return agent.thaw(machine);
        }
    }
}
