package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.StopMode;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
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

/** Drivers that lose keys when their host restarts: the contract must find it, by the case that is about it. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LostKeysContractBitesTest {

    private static final Class<Judgement.KeyLoser> CONTRACT = Judgement.KeyLoser.class;

    private static final String EACH_TIME = "keys_that_are_needed_come_back_each_time_and_before_they_are_missed";
    private static final String AS_BEFORE =
            "a_machine_is_reset_and_its_disks_are_attached_and_moved_as_if_nothing_had_been";
    private static final String LATER = "a_connection_that_comes_later_and_knows_the_keys_brings_them_back";
    private static final String EQUAL_REQUEST = "without_a_source_an_equal_request_brings_them_back";
    private static final String REMEMBERED = "a_machine_that_is_remembered_starts_again_after_a_restart";

    @TempDir
    private Path directory;

    static Stream<Arguments> faults() {
        UnaryOperator<KeySource> none = source -> KeySource.NONE;
        return Stream.of(
                asking(EACH_TIME, none),
                asking(AS_BEFORE, none),
                asking(REMEMBERED, none),
                asking(EACH_TIME, Once::new),
                asking(AS_BEFORE, FirstAlone::new),
                fault(EACH_TIME, real -> new Relay(real) {
                    @Override
                    public void stop(MachineId id, StopMode mode) throws InterruptedException {
                        real.control().orElseThrow().pause(id); // and keeps its key
                    }
                }),
                fault(LATER, ListensBeforeMachinesRun::new),
                fault(EQUAL_REQUEST, real -> new Relay(real) {
                    @Override
                    public Machine start(MachineSpec spec) throws InterruptedException {
                        Optional<Machine> present = find(new MachineId(spec.name()))
                                .filter(machine -> machine.state() == MachineState.RUNNING);
                        return present.isPresent() ? present.get() : super.start(spec);
                    }
                }));
    }

    private static Arguments fault(String name, UnaryOperator<Hypervisor> fault) {
        return Arguments.of(name, fault);
    }

    private static Arguments asking(String name, UnaryOperator<KeySource> fault) {
        return fault(name, real -> new Relay(real) {
            @Override
            public void keysFrom(KeySource source) {
                super.keysFrom(fault.apply(source));
            }
        });
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

    /** Asks for each key once. */
    private static final class Once implements KeySource {
        private final KeySource source;
        private final Set<VolumeId> asked = new HashSet<>();

        Once(KeySource source) {
            this.source = source;
        }

        @Override
        public Optional<Secret> find(VolumeId volume) {
            return asked.add(volume) ? source.find(volume) : Optional.empty();
        }
    }

    /** Asks for the key of one disk alone. */
    private static final class FirstAlone implements KeySource {
        private final KeySource source;
        private final Set<VolumeId> asked = new HashSet<>();

        FirstAlone(KeySource source) {
            this.source = source;
        }

        @Override
        public Optional<Secret> find(VolumeId volume) {
            if (asked.isEmpty()) {
                asked.add(volume);
            }
            return asked.contains(volume) ? source.find(volume) : Optional.empty();
        }
    }

    /** Does not hear of a source that is named after a machine was started. */
    private static final class ListensBeforeMachinesRun extends Relay {
        ListensBeforeMachinesRun(Hypervisor real) {
            super(real);
        }

        @Override
        public void keysFrom(KeySource source) {
            try {
                if (list().stream().noneMatch(machine -> machine.state() == MachineState.RUNNING)) {
                    super.keysFrom(source);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
