package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.MergeSight;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.hypervisor.spi.SnapshotRevert;
import io.hvkit.hypervisor.spi.StopMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
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

/** Drivers with one fault in their snapshots each: the contract must find it, by the case that is about it. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotsContractBitesTest {

    private static final Class<? extends HypervisorCases> CONTRACT = Judgement.Freezer.class;

    @TempDir
    private Path directory;

    static Stream<Arguments> faults() {
        return Stream.of(taking(), merging(), looking(), returning()).flatMap(each -> each);
    }

    private static Stream<Arguments> taking() {
        return Stream.of(
                fault("all_disks_go_on_with_their_overlays_and_everybody_sees_it", real -> new Freezes(real) {
                    @Override
                    public List<MachineSnapshot> list(MachineId machine) throws InterruptedException {
                        return isRunning(machine) ? List.of() : super.list(machine);
                    }
                }),
                fault(
                        "an_equal_request_is_the_same_snapshot_and_a_different_one_is_refused",
                        real -> new Freezes(real) {
                            @Override
                            public MachineSnapshot take(MachineId machine, SnapshotRequest request)
                                    throws InterruptedException {
                                if (find(machine, request.id()).isPresent()) {
                                    throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                                            .message("there is a %s", request.id());
                                }
                                return super.take(machine, request);
                            }
                        }),
                fault("each_disk_is_named_or_left_out_in_so_many_words", real -> new Freezes(real) {
                    @Override
                    public MachineSnapshot take(MachineId machine, SnapshotRequest request)
                            throws InterruptedException {
                        return super.take(machine, withoutOthers(machine, request));
                    }
                }),
                fault(
                        "an_overlay_that_does_not_fit_is_refused_and_no_disk_goes_on_without_the_other",
                        real -> new Freezes(real) {
                            @Override
                            public MachineSnapshot take(MachineId machine, SnapshotRequest request)
                                    throws InterruptedException {
                                try {
                                    return super.take(machine, request);
                                } catch (DriverException e) {
                                    oneByOne(machine, request);
                                    throw e;
                                }
                            }
                        }),
                fault("an_encrypted_disk_goes_on_with_an_encrypted_overlay_alone", real -> new Freezes(real) {
                    @Override
                    public MachineSnapshot take(MachineId machine, SnapshotRequest request)
                            throws InterruptedException {
                        try {
                            return super.take(machine, request);
                        } catch (DriverException e) {
                            throw DriverException.because(
                                            e.failure() == Failure.BAD_CREDENTIALS ? Failure.DEFECT : e.failure())
                                    .message("libvirt 1: %s", e.toString());
                        }
                    }
                }));
    }

    private static Stream<Arguments> merging() {
        return Stream.of(
                fault("a_merge_ends_the_snapshot_and_may_be_repeated", real -> new Freezes(real) {
                    @Override
                    public BlockJob merge(MachineId machine, DiskMerge merge) throws InterruptedException {
                        if (disks(machine).stream().noneMatch(merge.disk().volume()::equals)) {
                            throw DriverException.because(Failure.NOT_FOUND).message("no disk %s", merge.disk());
                        }
                        return super.merge(machine, merge);
                    }
                }),
                fault("a_merge_ends_the_snapshot_and_may_be_repeated", real -> new Freezes(real) {
                    @Override
                    public List<MachineSnapshot> list(MachineId machine) throws InterruptedException {
                        int disks = disks(machine).size();
                        return super.list(machine).stream()
                                .filter(snapshot -> snapshot.disks().size() == disks || !isRunning(machine))
                                .toList();
                    }
                }),
                fault("merging_the_newest_snapshot_leaves_the_older_one", real -> new Freezes(real) {
                    @Override
                    public List<MachineSnapshot> list(MachineId machine) throws InterruptedException {
                        List<MachineSnapshot> reversed = new ArrayList<>(super.list(machine));
                        Collections.reverse(reversed);
                        return reversed;
                    }
                }),
                fault("a_merge_that_waits_is_found_excludes_all_else_and_can_be_cancelled", real -> new Freezes(real) {
                    @Override
                    public List<MachineSnapshot> list(MachineId machine) throws InterruptedException {
                        return super.list(machine).stream()
                                .map(Freezes::asIfIntact)
                                .toList();
                    }
                }),
                fault("a_merge_that_waits_is_found_excludes_all_else_and_can_be_cancelled", real -> new Freezes(real) {
                    @Override
                    public Optional<BlockJob> merging(MachineId machine, VolumeId disk) {
                        return Optional.empty();
                    }
                }),
                fault("a_stopped_machine_is_frozen_and_merged_too", real -> new Freezes(real) {
                    @Override
                    public BlockJob merge(MachineId machine, DiskMerge merge) throws InterruptedException {
                        if (!isRunning(machine)) {
                            throw DriverException.because(Failure.UNSUPPORTED).message("%s is stopped", machine);
                        }
                        return super.merge(machine, merge);
                    }
                }));
    }

    private static Stream<Arguments> looking() {
        return Stream.of(
                fault("where_a_merge_stands_is_seen_by_everybody", real -> new Freezes(real) {
                    @Override
                    public MergeSight look(MachineId machine, DiskMerge merge) throws InterruptedException {
                        MergeSight seen = super.look(machine, merge);
                        return seen.state() == MergeSight.State.BEGUN ? as(seen, MergeSight.State.UNMERGED) : seen;
                    }
                }),
                fault(
                        "a_merge_is_known_without_a_snapshot_and_a_stopped_machine_does_not_start_on_what_was_merged",
                        real -> new Freezes(real) {
                            @Override
                            public MergeSight look(MachineId machine, DiskMerge merge) throws InterruptedException {
                                MergeSight seen = super.look(machine, merge);
                                boolean unnoted = seen.state() == MergeSight.State.BEGUN
                                        && list(machine).isEmpty();
                                return unnoted ? as(seen, MergeSight.State.UNMERGED) : seen;
                            }
                        }),
                fault("where_a_merge_stands_is_seen_by_everybody", real -> new Freezes(real) {
                    @Override
                    public MergeSight look(MachineId machine, DiskMerge merge) throws InterruptedException {
                        MergeSight seen = super.look(machine, merge);
                        return seen.state() == MergeSight.State.FOREIGN ? as(seen, MergeSight.State.MERGED) : seen;
                    }
                }),
                fault("where_a_merge_stands_is_seen_by_everybody", real -> new Freezes(real) {
                    @Override
                    public MergeSight look(MachineId machine, DiskMerge merge) throws InterruptedException {
                        MergeSight seen = super.look(machine, merge);
                        switchOver(machine, merge.disk().volume());
                        return seen;
                    }
                }),
                fault("disks_are_merged_one_by_one_and_each_has_its_own_outcome", real -> new Freezes(real) {
                    @Override
                    public MergeSight look(MachineId machine, DiskMerge merge) throws InterruptedException {
                        MergeSight seen = super.look(machine, merge);
                        return seen.state() == MergeSight.State.READY ? as(seen, MergeSight.State.MERGED) : seen;
                    }
                }),
                fault("disks_are_merged_one_by_one_and_each_has_its_own_outcome", real -> new Freezes(real) {
                    @Override
                    public BlockJob merge(MachineId machine, DiskMerge merge) throws InterruptedException {
                        for (VolumeId volume : disks(machine)) {
                            switchOver(machine, volume);
                        }
                        return super.merge(machine, merge);
                    }
                }),
                fault("a_merge_about_which_there_is_no_doubt_is_not_settled", real -> new Freezes(real) {
                    @Override
                    public void settle(MachineId machine, DiskMerge merge, MergeSight.Newest newest)
                            throws InterruptedException {
                        if (newest == MergeSight.Newest.LAYER) {
                            BlockJob unused = merge(machine, merge);
                        }
                    }
                }));
    }

    private static Stream<Arguments> returning() {
        return Stream.of(
                fault("a_running_machine_does_not_go_back", real -> new Freezes(real) {
                    @Override
                    public void revert(MachineId machine, SnapshotRevert revert) throws InterruptedException {
                        stop(machine, StopMode.POWER_OFF);
                        super.revert(machine, revert);
                    }
                }),
                fault("a_stopped_machine_goes_back_on_a_new_overlay_and_starts_there", real -> new Freezes(real) {
                    @Override
                    public void revert(MachineId machine, SnapshotRevert revert) throws InterruptedException {
                        for (Disk fresh : revert.overlays().values()) {
                            if (disks(machine).contains(fresh.volume())) {
                                throw DriverException.because(Failure.IN_USE).message("%s is used", fresh);
                            }
                        }
                        super.revert(machine, revert);
                    }
                }),
                fault("a_machine_does_not_go_back_to_a_disk_that_was_merged_since", real -> new Freezes(real) {
                    @Override
                    public void revert(MachineId machine, SnapshotRevert revert) throws InterruptedException {
                        try {
                            super.revert(machine, revert);
                        } catch (DriverException e) {
                            if (disks(machine).stream().noneMatch(revert.thawed()::contains)) {
                                throw e;
                            }
                        }
                    }
                }),
                fault("a_stopped_machine_goes_back_to_what_was_frozen_itself", real -> new Freezes(real) {
                    @Override
                    public void revert(MachineId machine, SnapshotRevert revert) throws InterruptedException {
                        SnapshotRevert all = revert;
                        for (MachineSnapshot snapshot : list(machine)) {
                            for (SnapshotDisk disk : snapshot.disks()) {
                                all = thawingToo(all, disk.frozen());
                            }
                        }
                        super.revert(machine, all);
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

    /** A connection that does one thing of snapshots wrong. */
    private static class Freezes extends Relay implements MachineSnapshots {

        private final MachineSnapshots snapshots;

        Freezes(Hypervisor real) {
            super(real);
            this.snapshots = real.machineSnapshots().orElseThrow();
        }

        final boolean isRunning(MachineId machine) {
            try {
                return find(machine)
                        .filter(found -> found.state() == MachineState.RUNNING)
                        .isPresent();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        final List<VolumeId> disks(MachineId machine) throws InterruptedException {
            return find(machine).stream()
                    .flatMap(found -> found.disks().stream())
                    .map(MachineDisk::volume)
                    .toList();
        }

        final SnapshotRequest withoutOthers(MachineId machine, SnapshotRequest request) throws InterruptedException {
            SnapshotRequest all = request;
            for (VolumeId volume : disks(machine)) {
                if (!all.overlays().containsKey(volume) && !all.leftOut().contains(volume)) {
                    all = all.leavingOut(volume);
                }
            }
            return all;
        }

        final void oneByOne(MachineId machine, SnapshotRequest request) throws InterruptedException {
            for (Map.Entry<VolumeId, Disk> entry : request.overlays().entrySet()) {
                SnapshotRequest one = SnapshotRequest.named(request.id()).onto(entry.getKey(), entry.getValue());
                takeIfItFits(machine, withoutOthers(machine, one));
            }
        }

        private void takeIfItFits(MachineId machine, SnapshotRequest request) throws InterruptedException {
            try {
                snapshots.take(machine, request);
            } catch (DriverException e) {
                return;
            }
        }

        static MachineSnapshot asIfIntact(MachineSnapshot snapshot) {
            return new MachineSnapshot(
                    snapshot.id(),
                    snapshot.disks().stream()
                            .map(disk -> new SnapshotDisk(disk.frozen(), disk.overlay(), SnapshotDisk.Content.INTACT))
                            .toList());
        }

        static SnapshotRevert thawingToo(SnapshotRevert revert, MachineDisk frozen) {
            return revert.overlays().containsKey(frozen.volume())
                            || revert.thawed().contains(frozen.volume())
                    ? revert
                    : revert.thawing(frozen.volume());
        }

        @Override
        public Optional<MachineSnapshots> machineSnapshots() {
            return Optional.of(this);
        }

        @Override
        public MachineSnapshot take(MachineId machine, SnapshotRequest request) throws InterruptedException {
            return snapshots.take(machine, request);
        }

        @Override
        public List<MachineSnapshot> list(MachineId machine) throws InterruptedException {
            return snapshots.list(machine);
        }

        @Override
        public void revert(MachineId machine, SnapshotRevert revert) throws InterruptedException {
            snapshots.revert(machine, revert);
        }

        @Override
        public BlockJob merge(MachineId machine, DiskMerge merge) throws InterruptedException {
            return snapshots.merge(machine, merge);
        }

        @Override
        public Optional<BlockJob> merging(MachineId machine, VolumeId disk) throws InterruptedException {
            return snapshots.merging(machine, disk);
        }

        @Override
        public MergeSight look(MachineId machine, DiskMerge merge) throws InterruptedException {
            return snapshots.look(machine, merge);
        }

        @Override
        public void settle(MachineId machine, DiskMerge merge, MergeSight.Newest newest) throws InterruptedException {
            snapshots.settle(machine, merge, newest);
        }

        final void switchOver(MachineId machine, VolumeId disk) throws InterruptedException {
            Optional<BlockJob> job = snapshots.merging(machine, disk);
            if (job.isPresent()) {
                job.get().pivot();
            }
        }

        static MergeSight as(MergeSight seen, MergeSight.State state) {
            return new MergeSight(seen.merge(), state, seen.growth(), seen.evidence());
        }
    }
}
