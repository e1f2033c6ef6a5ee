package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Progress;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BackupDisk;
import io.hvkit.hypervisor.spi.BackupJob;
import io.hvkit.hypervisor.spi.BackupRequest;
import io.hvkit.hypervisor.spi.ChangeTracking;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBackups;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import java.nio.file.Path;
import java.time.Duration;
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

/** Drivers with one fault in how they back up disks: the contract must find it, by the case that is about it. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DiskBackupsContractBitesTest {

    private static final Class<Judgement.Keeper> CONTRACT = Judgement.Keeper.class;
    private static final String READS = "a_full_backup_and_the_changes_since_read_as_the_disks_did";
    private static final String ONE = "one_backup_runs_and_everybody_finds_it_until_it_has_ended";
    private static final String REFUSED = "what_cannot_be_backed_up_is_refused_and_nothing_is_begun";
    private static final String LOST = "notes_that_are_not_whole_give_everything_with_the_reason";
    private static final String CANCELLED = "a_backup_that_is_cancelled_leaves_no_checkpoint_unless_it_was_done";

    @TempDir
    private Path directory;

    static Stream<Arguments> faults() {
        return Stream.of(
                fault(
                        READS,
                        "it says that it is done and writes nothing",
                        real -> new Backs(real, (machine, request, job) -> new Told(job) {
                            @Override
                            public Optional<JobVerdict> await(Duration limit) {
                                return Optional.of(new JobVerdict.Succeeded(List.of()));
                            }
                        })),
                fault(READS, "it writes everything where changes were asked for", real -> new Backs(real) {
                    @Override
                    public BackupJob start(MachineId machine, BackupRequest request) throws InterruptedException {
                        return super.start(machine, without(request));
                    }
                }),
                fault(READS, "it exchanges the images of two disks", real -> new Backs(real) {
                    @Override
                    public BackupJob start(MachineId machine, BackupRequest request) throws InterruptedException {
                        List<VolumeId> disks = List.copyOf(request.images().keySet());
                        List<Disk> images = List.copyOf(request.images().values());
                        return super.start(
                                machine,
                                disks.size() < 2
                                        ? request
                                        : BackupRequest.named(request.checkpoint())
                                                .onto(disks.get(0), images.get(1))
                                                .onto(disks.get(1), images.get(0)));
                    }
                }),
                fault(
                        READS,
                        "it forgets its checkpoint",
                        real -> new Backs(real, (machine, request, job) -> new Told(job) {
                            @Override
                            public Optional<JobVerdict> await(Duration limit) throws InterruptedException {
                                Optional<JobVerdict> verdict = super.await(limit);
                                real.changeTracking().orElseThrow().forget(machine, request.checkpoint());
                                return verdict;
                            }
                        })),
                fault(ONE, "it does a backup of a name again", real -> new Backs(real) {
                    @Override
                    public BackupJob start(MachineId machine, BackupRequest request) throws InterruptedException {
                        real.changeTracking().orElseThrow().forget(machine, request.checkpoint());
                        return super.start(machine, request);
                    }
                }),
                fault(
                        ONE,
                        "it undoes what is done",
                        real -> new Backs(real, (machine, request, job) -> new Told(job) {
                            @Override
                            public void cancel() throws InterruptedException {
                                super.cancel();
                                real.changeTracking().orElseThrow().forget(machine, request.checkpoint());
                            }
                        })),
                fault(REFUSED, "it begins a checkpoint before it looks", real -> new Backs(real) {
                    @Override
                    public BackupJob start(MachineId machine, BackupRequest request) throws InterruptedException {
                        try {
                            return super.start(machine, request);
                        } catch (DriverException e) {
                            Set<VolumeId> all = request.images().keySet();
                            if (e.failure() == Failure.INVALID_REQUEST && !all.isEmpty()) {
                                real.changeTracking().orElseThrow().begin(machine, request.checkpoint(), all);
                            }
                            throw e;
                        }
                    }
                }),
                fault(REFUSED, "it takes a machine that is not there for one without disks", real -> new Backs(real) {
                    @Override
                    public BackupJob start(MachineId machine, BackupRequest request) throws InterruptedException {
                        if (real.find(machine).isEmpty()) {
                            throw DriverException.because(Failure.INVALID_REQUEST)
                                    .message("no disks");
                        }
                        return super.start(machine, request);
                    }
                }),
                fault(
                        LOST,
                        "it relies on a checkpoint whatever that is",
                        real -> new Backs(real, (machine, request, job) -> new Told(job) {
                            @Override
                            public List<BackupDisk> disks() {
                                return super.disks().stream()
                                        .map(disk -> new BackupDisk(
                                                disk.volume(),
                                                request.since(),
                                                request.since().isPresent()
                                                        ? BackupDisk.Why.NOTES_WHOLE
                                                        : BackupDisk.Why.FULL_ASKED,
                                                "trusted"))
                                        .toList();
                            }
                        })),
                fault(CANCELLED, "who follows one hears how the last one ended", real -> new Backs(real) {
                    @Override
                    public Optional<BackupJob> running(MachineId machine) throws InterruptedException {
                        ChangeTracking tracking = real.changeTracking().orElseThrow();
                        return super.running(machine).map(job -> new Told(job) {
                            @Override
                            public Optional<JobVerdict> await(Duration limit) throws InterruptedException {
                                return tracking.list(machine).isEmpty()
                                        ? super.await(limit)
                                        : Optional.of(new JobVerdict.Succeeded(List.of()));
                            }
                        });
                    }
                }),
                fault(
                        CANCELLED,
                        "it leaves the checkpoint of what was cancelled",
                        real -> new Backs(real, (machine, request, job) -> new Told(job) {
                            @Override
                            public void cancel() throws InterruptedException {
                                super.cancel();
                                if (super.await(Duration.ZERO)
                                        .filter(JobVerdict.Cancelled.class::isInstance)
                                        .isPresent()) {
                                    real.changeTracking()
                                            .orElseThrow()
                                            .begin(
                                                    machine,
                                                    request.checkpoint(),
                                                    request.images().keySet());
                                }
                            }
                        })));
    }

    private static BackupRequest without(BackupRequest request) {
        BackupRequest all = BackupRequest.named(request.checkpoint());
        for (var image : request.images().entrySet()) {
            all = all.onto(image.getKey(), image.getValue());
        }
        return all;
    }

    private static Arguments fault(String name, String what, UnaryOperator<Hypervisor> fault) {
        return Arguments.of(name, what, fault);
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("faults")
    void a_fault_is_found_by_the_case_that_is_about_it(String name, String what, UnaryOperator<Hypervisor> fault) {
        assertThat(new Judgement(directory).of(CONTRACT, fault, name)).as(what).contains(name);
    }

    @Test
    void a_driver_without_fault_is_not_accused() {
        assertThat(new Judgement(directory).of(CONTRACT, real -> real)).isEmpty();
    }

    /** What is told of a job. */
    @FunctionalInterface
    private interface Telling {
        BackupJob of(MachineId machine, BackupRequest request, BackupJob job);
    }

    /** A connection that does one thing wrong. */
    private static class Backs extends Relay implements DiskBackups {

        private final Telling telling;

        Backs(Hypervisor real) {
            this(real, (machine, request, job) -> job);
        }

        Backs(Hypervisor real, Telling telling) {
            super(real);
            this.telling = telling;
        }

        @Override
        public Optional<DiskBackups> diskBackups() {
            return Optional.of(this);
        }

        @Override
        public BackupJob start(MachineId machine, BackupRequest request) throws InterruptedException {
            return telling.of(machine, request, real.diskBackups().orElseThrow().start(machine, request));
        }

        @Override
        public Optional<BackupJob> running(MachineId machine) throws InterruptedException {
            return real.diskBackups().orElseThrow().running(machine);
        }
    }

    /** A job that says one thing wrong. */
    private static class Told implements BackupJob {

        private final BackupJob job;

        Told(BackupJob job) {
            this.job = job;
        }

        @Override
        public List<BackupDisk> disks() {
            return job.disks();
        }

        @Override
        public Consistency consistency() {
            return job.consistency();
        }

        @Override
        public Optional<String> whyNotQuiesced() {
            return job.whyNotQuiesced();
        }

        @Override
        public Progress progress() throws InterruptedException {
            return job.progress();
        }

        @Override
        public Optional<JobVerdict> await(Duration limit) throws InterruptedException {
            return job.await(limit);
        }

        @Override
        public void cancel() throws InterruptedException {
            job.cancel();
        }
    }
}
