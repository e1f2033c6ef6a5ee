package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Progress;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.CloneRequest;
import io.hvkit.hypervisor.spi.HostSnapshot;
import io.hvkit.hypervisor.spi.HostSnapshots;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineClone;
import io.hvkit.hypervisor.spi.MachineClones;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineRelocation;
import io.hvkit.hypervisor.spi.Quiescing;
import io.hvkit.hypervisor.spi.Relocation;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Drivers with one fault in what their hosts make by themselves: the contract must find it, by the case that is about it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HostMadeContractsBiteTest {

    @TempDir
    private Path directory;

    static Stream<Arguments> faultsOfSnapshots() {
        return Stream.of(
                fault(
                        "a_snapshot_is_taken_once_and_everybody_sees_it_and_the_disks_stay_what_and_where_they_are",
                        real -> new Snapshots(real) {
                            @Override
                            public HostSnapshot take(MachineId machine, SnapshotId id, Quiescing quiescing)
                                    throws InterruptedException {
                                remove(machine, id, Removal.ALONE);
                                return super.take(machine, id, quiescing);
                            }
                        }),
                fault("each_snapshot_lies_over_the_one_before", real -> new Snapshots(real) {
                    @Override
                    public List<HostSnapshot> list(MachineId machine) throws InterruptedException {
                        return super.list(machine).stream()
                                .map(each -> new HostSnapshot(each.id(), Optional.empty(), each.takenAt()))
                                .toList();
                    }
                }),
                fault("what_is_not_there_is_not_found_and_none_is_not_an_error", real -> new Snapshots(real) {
                    @Override
                    public void remove(MachineId machine, SnapshotId id, Removal removal) throws InterruptedException {
                        if (find(machine, id).isEmpty()) {
                            throw DriverException.because(Failure.NOT_FOUND).message("no %s", id);
                        }
                        super.remove(machine, id, removal);
                    }
                }),
                fault("a_running_machine_does_not_go_back", real -> new Snapshots(real) {
                    @Override
                    public void revert(MachineId machine, SnapshotId id) throws InterruptedException {
                        if (find(machine, id).isEmpty()) {
                            super.revert(machine, id);
                        }
                    }
                }),
                fault("a_stopped_machine_goes_back_to_the_disks_that_it_had", real -> new Snapshots(real) {
                    @Override
                    public void revert(MachineId machine, SnapshotId id) throws InterruptedException {
                        super.revert(
                                machine,
                                list(machine).get(list(machine).size() - 1).id());
                    }
                }),
                fault("removing_one_leaves_those_around_it_and_may_be_repeated", real -> new Snapshots(real) {
                    @Override
                    public void remove(MachineId machine, SnapshotId id, Removal removal) throws InterruptedException {
                        super.remove(machine, id, Removal.WITH_LATER);
                    }
                }),
                fault("removing_one_with_the_later_ones_leaves_the_earlier", real -> new Snapshots(real) {
                    @Override
                    public void remove(MachineId machine, SnapshotId id, Removal removal) throws InterruptedException {
                        super.remove(machine, id, Removal.ALONE);
                    }
                }),
                fault(
                        "what_alone_is_not_the_disk_leaves_no_machine_until_the_snapshots_are_gone",
                        real -> new Snapshots(real) {
                            @Override
                            public void forget(MachineId id) throws InterruptedException {
                                for (HostSnapshot each : list(id)) {
                                    super.remove(id, each.id(), Removal.ALONE);
                                }
                                super.forget(id);
                            }
                        }),
                fault("a_machine_that_is_forgotten_when_it_ends_gets_none", real -> new Snapshots(real) {
                    @Override
                    public HostSnapshot take(MachineId machine, SnapshotId id, Quiescing quiescing)
                            throws InterruptedException {
                        try {
                            return super.take(machine, id, quiescing);
                        } catch (DriverException e) {
                            if (e.failure() == Failure.INVALID_REQUEST) {
                                return new HostSnapshot(id, Optional.empty(), Instant.EPOCH);
                            }
                            throw e;
                        }
                    }
                }),
                fault("a_guest_that_may_be_asked_and_cannot_is_no_reason_to_fail", real -> new Snapshots(real) {
                    @Override
                    public HostSnapshot take(MachineId machine, SnapshotId id, Quiescing quiescing)
                            throws InterruptedException {
                        if (quiescing == Quiescing.IF_POSSIBLE) {
                            throw DriverException.because(Failure.HOST_NOT_READY)
                                    .message("deaf");
                        }
                        return super.take(machine, id, quiescing);
                    }
                }));
    }

    static Stream<Arguments> faultsOfClones() {
        return Stream.of(
                cloning(
                        "a_full_clone_is_remembered_with_disks_of_its_own_and_the_source_stays_as_it_is",
                        real -> new Clones(real) {
                            @Override
                            MachineClone told(MachineClone made) throws InterruptedException {
                                return new MachineClone(
                                        made.machine().with(find(made.source(), made)), made.source(), made.kind());
                            }

                            private List<MachineDisk> find(MachineId source, MachineClone made)
                                    throws InterruptedException {
                                List<MachineDisk> theirs =
                                        real.find(source).map(Machine::disks).orElse(List.of());
                                return theirs.isEmpty() ? made.machine().disks() : theirs;
                            }
                        }),
                cloning("an_equal_request_is_the_same_clone_and_everybody_finds_it", real -> new Clones(real) {
                    @Override
                    public MachineClone clone(MachineId source, CloneRequest request) throws InterruptedException {
                        if (find(new MachineId(request.name())).isPresent()) {
                            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                                    .message("taken");
                        }
                        return super.clone(source, request);
                    }
                }),
                cloning("a_name_that_is_taken_stays_what_it_is", real -> new Clones(real) {
                    @Override
                    public MachineClone clone(MachineId source, CloneRequest request) throws InterruptedException {
                        Optional<MachineClone> there = find(new MachineId(request.name()));
                        return there.isPresent() ? there.get() : super.clone(source, request);
                    }
                }),
                cloning("a_request_that_cannot_be_met_leaves_no_machine", real -> new Clones(real) {
                    @Override
                    public MachineClone clone(MachineId source, CloneRequest request) throws InterruptedException {
                        CloneRequest complete = request;
                        for (MachineDisk disk :
                                real.find(source).map(Machine::disks).orElse(List.of())) {
                            if (!request.volumes().containsKey(disk.volume())) {
                                complete = complete.calling(
                                        disk.volume(), new VolumeId(request.name() + "-" + disk.volume()));
                            }
                        }
                        return super.clone(source, complete);
                    }
                }),
                fault("a_linked_clone_lies_over_a_snapshot_that_stays_as_long_as_the_clone", Careless::new),
                cloning(
                        "a_linked_clone_lies_over_a_snapshot_that_stays_as_long_as_the_clone",
                        real -> new Clones(real) {
                            @Override
                            public MachineClone clone(MachineId source, CloneRequest request)
                                    throws InterruptedException {
                                return super.clone(
                                        source,
                                        request.snapshot().isPresent() ? request.as(MachineClone.Kind.FULL) : request);
                            }
                        }),
                cloning(
                        "a_template_neither_starts_nor_is_listed_and_machines_are_made_from_it",
                        real -> new Clones(real) {
                            @Override
                            public void toTemplate(MachineId machine) {
                                // remains a machine
                            }
                        }),
                cloning("what_runs_or_is_not_there_is_no_template", real -> new Clones(real) {
                    @Override
                    public void toMachine(MachineId template) throws InterruptedException {
                        if (templates().contains(template)) {
                            super.toMachine(template);
                        }
                    }
                }));
    }

    static Stream<Arguments> faultsOfRelocation() {
        return Stream.of(
                moving(
                        "a_running_machine_goes_to_other_storage_and_its_disks_are_the_volumes_that_they_were",
                        real -> new Moves(real) {
                            @Override
                            public MachineMoveJob start(MachineId machine, Relocation request)
                                    throws InterruptedException {
                                return request.store().isPresent()
                                                && request.target().isEmpty()
                                                && known(machine)
                                        ? super.start(
                                                machine, Relocation.onItsHost().storedAt(here(machine)))
                                        : super.start(machine, request);
                            }
                        }),
                moving("one_disk_goes_alone", real -> new Moves(real) {
                    @Override
                    public MachineMoveJob start(MachineId machine, Relocation request) throws InterruptedException {
                        Map<VolumeId, Path> disks = request.disks();
                        return super.start(
                                machine,
                                disks.isEmpty()
                                        ? request
                                        : request.storedAt(
                                                disks.values().iterator().next()));
                    }
                }),
                moving("a_running_machine_goes_to_another_host_and_its_disks_stay", real -> new Moves(real) {
                    @Override
                    public MachineMoveJob start(MachineId machine, Relocation request) throws InterruptedException {
                        return request.target().isPresent() ? done() : super.start(machine, request);
                    }
                }),
                moving("a_machine_goes_to_another_host_and_other_storage_at_once", real -> new Moves(real) {
                    @Override
                    public MachineMoveJob start(MachineId machine, Relocation request) throws InterruptedException {
                        Hypervisor target = request.target().orElse(null);
                        return super.start(machine, target == null ? request : Relocation.to(target));
                    }
                }),
                moving("what_is_not_there_is_not_found_and_nothing_is_no_request", real -> new Moves(real) {
                    @Override
                    public MachineMoveJob start(MachineId machine, Relocation request) throws InterruptedException {
                        return request.equals(Relocation.onItsHost()) ? done() : super.start(machine, request);
                    }
                }));
    }

    private static Arguments fault(String name, UnaryOperator<Hypervisor> fault) {
        return Arguments.of(name, fault);
    }

    private static Arguments cloning(String name, Function<Hypervisor, MachineClones> fault) {
        return fault(name, real -> new Relay(real) {
            @Override
            public Optional<MachineClones> machineClones() {
                return Optional.of(fault.apply(real));
            }
        });
    }

    private static Arguments moving(String name, Function<Hypervisor, MachineRelocation> fault) {
        return fault(name, real -> new Relay(real) {
            @Override
            public Optional<MachineRelocation> machineRelocation() {
                return Optional.of(fault.apply(real));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("faultsOfSnapshots")
    void a_fault_of_snapshots_is_found(String name, UnaryOperator<Hypervisor> fault) {
        assertThat(new Judgement(directory).of(Judgement.Rememberer.class, fault, name))
                .contains(name);
    }

    @ParameterizedTest
    @MethodSource("faultsOfClones")
    void a_fault_of_clones_is_found(String name, UnaryOperator<Hypervisor> fault) {
        assertThat(new Judgement(directory).of(Judgement.Cloner.class, fault, name))
                .contains(name);
    }

    @ParameterizedTest
    @MethodSource("faultsOfRelocation")
    void a_fault_of_relocation_is_found(String name, UnaryOperator<Hypervisor> fault) {
        assertThat(new Judgement(directory).of(Judgement.Relocator.class, fault, name))
                .contains(name);
    }

    @ParameterizedTest
    @ValueSource(classes = {Judgement.Rememberer.class, Judgement.Cloner.class, Judgement.Relocator.class})
    void a_driver_without_fault_is_not_accused(Class<? extends HypervisorCases> contract) {
        assertThat(new Judgement(directory).of(contract, Relay::new)).isEmpty();
    }

    private static class Snapshots extends Relay implements HostSnapshots {

        private final HostSnapshots snapshots;

        Snapshots(Hypervisor real) {
            super(real);
            this.snapshots = real.hostSnapshots().orElseThrow();
        }

        @Override
        public Optional<HostSnapshots> hostSnapshots() {
            return Optional.of(this);
        }

        @Override
        public HostSnapshot take(MachineId machine, SnapshotId id, Quiescing quiescing) throws InterruptedException {
            return snapshots.take(machine, id, quiescing);
        }

        @Override
        public List<HostSnapshot> list(MachineId machine) throws InterruptedException {
            return snapshots.list(machine);
        }

        @Override
        public void revert(MachineId machine, SnapshotId id) throws InterruptedException {
            snapshots.revert(machine, id);
        }

        @Override
        public void remove(MachineId machine, SnapshotId id, Removal removal) throws InterruptedException {
            snapshots.remove(machine, id, removal);
        }

        @Override
        public void consolidate(MachineId machine) throws InterruptedException {
            snapshots.consolidate(machine);
        }
    }

    /** Removes what linked clones lie over, or says that it has. */
    private static final class Careless extends Snapshots {

        Careless(Hypervisor real) {
            super(real);
        }

        @Override
        public void remove(MachineId machine, SnapshotId id, Removal removal) throws InterruptedException {
            try {
                super.remove(machine, id, removal);
            } catch (DriverException e) {
                if (e.failure() != Failure.IN_USE) {
                    throw e;
                }
            }
        }
    }

    private static class Clones implements MachineClones {

        final Hypervisor real;
        private final MachineClones clones;

        Clones(Hypervisor real) {
            this.real = real;
            this.clones = real.machineClones().orElseThrow();
        }

        /** Returns what is said of a clone. */
        MachineClone told(MachineClone made) throws InterruptedException {
            return made;
        }

        @Override
        public MachineClone clone(MachineId source, CloneRequest request) throws InterruptedException {
            return told(clones.clone(source, request));
        }

        @Override
        public Optional<MachineClone> find(MachineId clone) throws InterruptedException {
            return clones.find(clone);
        }

        @Override
        public void toTemplate(MachineId machine) throws InterruptedException {
            clones.toTemplate(machine);
        }

        @Override
        public void toMachine(MachineId template) throws InterruptedException {
            clones.toMachine(template);
        }

        @Override
        public List<MachineId> templates() throws InterruptedException {
            return clones.templates();
        }
    }

    private static class Moves implements MachineRelocation {

        private final Hypervisor real;
        private final RelayedRelocation relocation;

        Moves(Hypervisor real) {
            this.real = real;
            this.relocation = new RelayedRelocation(real.machineRelocation().orElseThrow());
        }

        boolean known(MachineId machine) throws InterruptedException {
            return real.find(machine).isPresent();
        }

        Path here(MachineId machine) throws InterruptedException {
            return real.find(machine)
                    .orElseThrow()
                    .disks()
                    .get(0)
                    .attachment()
                    .match(device -> device.path(), file -> file.path().resolveSibling(""), remote -> Path.of("/"));
        }

        static MachineMoveJob done() {
            return new MachineMoveJob() {
                @Override
                public Progress progress() {
                    return new Progress("done", ByteSize.bytes(1), ByteSize.bytes(1));
                }

                @Override
                public Optional<JobVerdict> await(Duration limit) {
                    return Optional.of(new JobVerdict.Succeeded(List.of()));
                }

                @Override
                public void cancel() {
                    // nothing runs
                }
            };
        }

        @Override
        public MachineMoveJob start(MachineId machine, Relocation request) throws InterruptedException {
            return relocation.start(machine, request);
        }

        @Override
        public Optional<MachineMoveJob> find(MachineId machine) throws InterruptedException {
            return relocation.find(machine);
        }
    }
}
