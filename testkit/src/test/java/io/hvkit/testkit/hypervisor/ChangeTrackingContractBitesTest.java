package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.ChangeTracking;
import io.hvkit.hypervisor.spi.Checkpoint;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.hypervisor.spi.TrackedDisk;
import io.hvkit.hypervisor.spi.Tracking;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
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

/** Drivers with one fault in how they track changes: the contract must find it, by the case that is about it. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ChangeTrackingContractBitesTest {

    private static final Class<Judgement.Tracker> CONTRACT = Judgement.Tracker.class;

    @TempDir
    private Path directory;

    static Stream<Arguments> faults() {
        return Stream.of(
                fault(
                        "a_checkpoint_is_begun_once_however_often_it_is_asked_for_and_known_to_everybody",
                        real -> new Tracks(real) {
                            @Override
                            public Checkpoint begin(MachineId machine, CheckpointId id, Set<VolumeId> disks)
                                    throws InterruptedException {
                                if (find(machine, id).isPresent()) {
                                    throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                                            .message("there is %s", id);
                                }
                                return super.begin(machine, id, disks);
                            }
                        }),
                fault(
                        "a_checkpoint_is_begun_once_however_often_it_is_asked_for_and_known_to_everybody",
                        real -> new Tracks(real) {
                            @Override
                            public Checkpoint begin(MachineId machine, CheckpointId id, Set<VolumeId> disks)
                                    throws InterruptedException {
                                Checkpoint begun = super.begin(machine, id, disks);
                                return new Checkpoint(id, Instant.EPOCH, begun.disks());
                            }
                        }),
                fault("a_name_stands_for_one_set_of_disks", real -> new Tracks(real) {
                    @Override
                    public Checkpoint begin(MachineId machine, CheckpointId id, Set<VolumeId> disks)
                            throws InterruptedException {
                        Optional<Checkpoint> before = find(machine, id);
                        return before.isPresent() ? before.get() : super.begin(machine, id, disks);
                    }
                }),
                fault("what_cannot_be_tracked_is_refused_and_nothing_is_begun", real -> new Tracks(real) {
                    @Override
                    public Checkpoint begin(MachineId machine, CheckpointId id, Set<VolumeId> disks)
                            throws InterruptedException {
                        try {
                            return super.begin(machine, id, disks);
                        } catch (DriverException e) {
                            if (e.failure() != Failure.UNSUPPORTED) {
                                throw e;
                            }
                            for (VolumeId disk : disks) { // those that can be, though all were asked for
                                try {
                                    return super.begin(machine, id, Set.of(disk));
                                } catch (DriverException next) {
                                    e.addSuppressed(next);
                                }
                            }
                            throw e;
                        }
                    }
                }),
                fault("a_forgotten_checkpoint_is_gone_and_its_name_free_while_others_go_on", real -> new Tracks(real) {
                    @Override
                    public void forget(MachineId machine, CheckpointId id) throws InterruptedException {
                        for (Checkpoint each : list(machine)) {
                            super.forget(machine, each.id());
                        }
                    }
                }),
                fault("a_forgotten_checkpoint_is_gone_and_its_name_free_while_others_go_on", real -> new Tracks(real) {
                    @Override
                    public void forget(MachineId machine, CheckpointId id) throws InterruptedException {
                        if (find(machine, id).isEmpty()) {
                            throw DriverException.because(Failure.NOT_FOUND).message("no %s", id);
                        }
                        super.forget(machine, id);
                    }
                }),
                fault("a_disk_of_another_size_is_not_tracked_any_more_and_others_are", real -> new Tracks(real) {
                    @Override
                    public List<Checkpoint> list(MachineId machine) throws InterruptedException {
                        return super.list(machine).stream()
                                .map(ChangeTrackingContractBitesTest::trusted)
                                .toList();
                    }
                }),
                fault("a_remembered_machine_keeps_its_checkpoints_over_an_orderly_end", real -> new Tracks(real) {
                    @Override
                    public void stop(MachineId id, StopMode mode) throws InterruptedException {
                        for (Checkpoint each : list(id)) {
                            super.forget(id, each.id());
                        }
                        super.stop(id, mode);
                    }
                }));
    }

    /** Takes every checkpoint for whole. */
    private static Checkpoint trusted(Checkpoint one) {
        return new Checkpoint(
                one.id(),
                one.begunAt(),
                one.disks().stream()
                        .map(disk -> new TrackedDisk(disk.volume(), new Tracking.Whole(ByteSize.ZERO)))
                        .toList());
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

    /** A connection that does one thing wrong. */
    private static class Tracks extends Relay implements ChangeTracking {

        private final ChangeTracking tracking;

        Tracks(Hypervisor real) {
            super(real);
            this.tracking = real.changeTracking().orElseThrow();
        }

        @Override
        public Optional<ChangeTracking> changeTracking() {
            return Optional.of(this);
        }

        @Override
        public Checkpoint begin(MachineId machine, CheckpointId id, Set<VolumeId> disks) throws InterruptedException {
            return tracking.begin(machine, id, disks);
        }

        @Override
        public List<Checkpoint> list(MachineId machine) throws InterruptedException {
            return tracking.list(machine);
        }

        @Override
        public void forget(MachineId machine, CheckpointId id) throws InterruptedException {
            tracking.forget(machine, id);
        }
    }
}
