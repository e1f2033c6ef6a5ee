package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.MachineStatistics;
import io.hvkit.hypervisor.spi.MemoryUse;
import io.hvkit.hypervisor.spi.Statistics;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
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

/** Drivers with one fault in what they measure: the contract must find it, by the case that is about it. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StatisticsContractBitesTest {

    private static final Class<Judgement.Measurer> CONTRACT = Judgement.Measurer.class;

    @TempDir
    private Path directory;

    static Stream<Arguments> faults() {
        return Stream.of(
                fault("every_machine_is_measured_once_alone_as_among_all", all -> all.subList(0, all.size() / 2)),
                fault(
                        "every_machine_is_measured_once_alone_as_among_all",
                        all -> Stream.concat(all.stream(), all.stream()).toList()),
                fault(
                        "a_machine_has_the_processors_the_memory_and_the_disks_that_were_asked_for",
                        each(one -> one.disks(List.of()))),
                fault(
                        "a_machine_has_the_processors_the_memory_and_the_disks_that_were_asked_for",
                        each(one -> one.cpus(1))),
                fault(
                        "a_machine_has_the_processors_the_memory_and_the_disks_that_were_asked_for",
                        each(one -> one.memory(MemoryUse.of(
                                one.memory()
                                        .orElseThrow()
                                        .most()
                                        .plus(one.memory().orElseThrow().most()),
                                one.memory().orElseThrow().most())))),
                fault(
                        "what_is_measured_is_of_now_and_never_goes_back",
                        each(one -> again(one, one.state(), Instant.EPOCH))),
                fault(
                        "what_is_measured_is_of_now_and_never_goes_back",
                        each(one -> one.cpuTime()
                                .map(time -> one.cpuTime(Duration.ofDays(1).minus(time)))
                                .orElse(one))),
                fault(
                        "a_machine_that_is_paused_is_measured_as_one",
                        each(one -> again(one, MachineState.RUNNING, one.measuredAt()))),
                fault(
                        "a_disk_that_comes_is_measured",
                        each(one -> one.disks(
                                one.disks().subList(0, Math.min(1, one.disks().size()))))),
                fault(
                        "every_machine_is_measured_once_alone_as_among_all",
                        all -> Stream.concat(
                                        all.stream(),
                                        Stream.of(MachineStatistics.of(
                                                new MachineId("ghost"), MachineState.STOPPED, Instant.now())))
                                .toList()),
                fault("what_never_was_or_is_gone_is_not_measured", fromMemory()),
                fault(
                        "a_remembered_machine_that_does_not_run_has_no_counters",
                        each(one -> one.cpuTime(one.cpuTime().orElse(Duration.ofDays(1))))));
    }

    private static Arguments fault(String name, UnaryOperator<List<MachineStatistics>> fault) {
        UnaryOperator<Hypervisor> broken = real -> new Measuring(real, fault);
        return Arguments.of(name, broken);
    }

    /** Remembers every machine that it ever measured. */
    private static UnaryOperator<List<MachineStatistics>> fromMemory() {
        Map<MachineId, MachineStatistics> remembered = new ConcurrentHashMap<>();
        return all -> {
            all.forEach(one -> remembered.put(one.machine(), one));
            return List.copyOf(remembered.values());
        };
    }

    private static UnaryOperator<List<MachineStatistics>> each(UnaryOperator<MachineStatistics> fault) {
        return all -> all.stream().map(fault).toList();
    }

    private static MachineStatistics again(MachineStatistics one, MachineState state, Instant at) {
        MachineStatistics bare = MachineStatistics.of(one.machine(), state, at)
                .disks(one.disks())
                .nics(one.nics())
                .cpus(one.cpus().orElse(1));
        MachineStatistics sized = one.memory().map(bare::memory).orElse(bare);
        return one.cpuTime().map(sized::cpuTime).orElse(sized);
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

    /** A connection that measures something wrong. */
    private static final class Measuring extends Relay implements Statistics {

        private final UnaryOperator<List<MachineStatistics>> fault;

        Measuring(Hypervisor real, UnaryOperator<List<MachineStatistics>> fault) {
            super(real);
            this.fault = fault;
        }

        @Override
        public Optional<Statistics> statistics() {
            return Optional.of(this);
        }

        @Override
        public Optional<MachineStatistics> of(MachineId machine) throws InterruptedException {
            return ofAll().stream().filter(one -> one.machine().equals(machine)).findFirst();
        }

        @Override
        public List<MachineStatistics> ofAll() throws InterruptedException {
            return fault.apply(real.statistics().orElseThrow().ofAll());
        }
    }
}
