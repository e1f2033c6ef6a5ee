package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskStatistics;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.MachineStatistics;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Statistics;
import io.hvkit.hypervisor.spi.StopMode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do that says what its machines have used. */
public abstract non-sealed class StatisticsContract extends HypervisorCases {

    private static final int REPEATS = 3;

    private Statistics statistics;

    /** Made by JUnit. */
    protected StatisticsContract() {}

    /** Made by JUnit. */
    @BeforeEach
    final void find() {
        statistics = hypervisor.statistics().orElseThrow();
    }

    @Test
    final void every_machine_is_measured_once_alone_as_among_all() throws InterruptedException {
        MachineId one = start(spec).id();
        MachineId other = start(MachineSpec.named(unique()).with(anotherDisk())).id();

        for (int i = 0; i < REPEATS; i++) {
            assertThat(statistics.ofAll())
                    .extracting(MachineStatistics::machine)
                    .containsOnlyOnce(one, other)
                    .allSatisfy(id -> assertThat(hypervisor.find(id)).isPresent());
            assertThat(statistics.of(one).map(MachineStatistics::machine)).contains(one);
        }
        assertThat(disks(among(other))).isEqualTo(disks(alone(other)));
    }

    @Test
    final void a_machine_has_the_processors_the_memory_and_the_disks_that_were_asked_for() throws InterruptedException {
        Disk second = anotherDisk();
        MachineSpec two = spec.cpus(2).with(second);
        MachineStatistics measured = among(start(two).id());

        assertThat(measured.state()).isEqualTo(MachineState.RUNNING);
        assertThat(measured.cpus()).isEqualTo(OptionalInt.of(2));
        assertThat(measured.memory()).hasValueSatisfying(memory -> {
            assertThat(memory.most()).isGreaterThanOrEqualTo(two.memory());
            assertThat(memory.now()).isLessThanOrEqualTo(memory.most());
        });
        assertThat(disks(measured)).containsExactlyInAnyOrder(disk.volume(), second.volume());
        assertThat(measured.disk(second.volume())).isPresent();
        assertThat(measured.disk(new VolumeId(unique()))).isEmpty();
    }

    @Test
    final void what_is_measured_is_of_now_and_never_goes_back() throws InterruptedException {
        MachineId id = start(spec).id();
        Instant before = Instant.now();
        MachineStatistics last = among(id);
        assertThat(last.measuredAt()).isBetween(before, Instant.now());
        Statistics second = connection().statistics().orElseThrow();

        for (int i = 0; i < REPEATS; i++) {
            MachineStatistics next = second.of(id).orElseThrow();
            assertThat(next.measuredAt()).isAfterOrEqualTo(last.measuredAt());
            assertThat(next.cpuTime().orElse(Duration.ZERO))
                    .isGreaterThanOrEqualTo(last.cpuTime().orElse(Duration.ZERO));
            assertThat(written(next)).isGreaterThanOrEqualTo(written(last));
            last = next;
        }
    }

    @Test
    final void a_machine_that_is_paused_is_measured_as_one() throws InterruptedException {
        MachineId id = start(spec).id();
        if (!offers(HypervisorFeature.MACHINE_CONTROL)) {
            assertThat(among(id).state()).isEqualTo(MachineState.RUNNING);
            return;
        }
        hypervisor.control().orElseThrow().pause(id);

        assertThat(among(id).state()).isEqualTo(MachineState.PAUSED);
        assertThat(disks(among(id))).containsExactly(disk.volume());
    }

    @Test
    final void a_disk_that_comes_is_measured() throws InterruptedException {
        MachineId id = start(spec).id();
        assertThat(disks(among(id))).containsExactly(disk.volume());
        if (offers(HypervisorFeature.HOT_PLUG)) {
            Disk data = anotherDisk();
            connection().hotPlug().orElseThrow().attach(id, data);
            assertThat(disks(among(id))).containsExactlyInAnyOrder(disk.volume(), data.volume());
        }
    }

    @Test
    final void what_never_was_or_is_gone_is_not_measured() throws InterruptedException {
        assertThat(statistics.of(new MachineId(unique()))).isEmpty();
        MachineId id = start(spec).id();
        assertThat(statistics.of(id)).isPresent();
        hypervisor.stop(id, StopMode.POWER_OFF);
        hypervisor.forget(id);

        assertThat(statistics.of(id)).isEmpty();
        assertThat(statistics.ofAll()).extracting(MachineStatistics::machine).doesNotContain(id);
    }

    @Test
    final void a_remembered_machine_that_does_not_run_has_no_counters() throws InterruptedException {
        if (!offers(HypervisorFeature.PERSISTENT_MACHINES)) {
            refuses(Failure.UNSUPPORTED, () -> start(spec.keptAs(Persistence.PERSISTENT)));
            return;
        }
        MachineId id = start(spec.keptAs(Persistence.PERSISTENT)).id();
        hypervisor.stop(id, StopMode.POWER_OFF);

        for (MachineStatistics measured : List.of(among(id), alone(id))) {
            assertThat(measured.state())
                    .isEqualTo(hypervisor.find(id).map(Machine::state).orElseThrow());
            assertThat(measured.cpuTime()).isEmpty();
            assertThat(measured.nics()).isEmpty();
            assertThat(measured.disks())
                    .allSatisfy(
                            each -> assertThat(each.read().or(each::written)).isEmpty());
        }
    }

    private MachineStatistics alone(MachineId id) throws InterruptedException {
        return statistics.of(id).orElseThrow();
    }

    private MachineStatistics among(MachineId id) throws InterruptedException {
        return statistics.ofAll().stream()
                .filter(each -> each.machine().equals(id))
                .findAny()
                .orElseThrow();
    }

    private static List<VolumeId> disks(MachineStatistics measured) {
        return measured.disks().stream().map(DiskStatistics::volume).toList();
    }

    private static long written(MachineStatistics measured) {
        return measured.disks().stream()
                .map(DiskStatistics::written)
                .flatMap(Optional::stream)
                .mapToLong(traffic -> traffic.bytes().bytes())
                .sum();
    }
}
