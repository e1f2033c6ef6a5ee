package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineRelocation;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Relocation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do whose hosts move machines and their disks by themselves. */
public abstract non-sealed class MachineRelocationContract extends HypervisorCases {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private MachineRelocation relocation;
    private Disk data;
    private MachineId machine;

    /** Made by JUnit. */
    protected MachineRelocationContract() {}

    /** Returns storage that both hosts see, and where no disk that {@link HypervisorUnderTest#disk} makes is. */
    protected abstract Path anotherStore() throws InterruptedException;

    /** Returns storage that there is not. */
    protected abstract Path absentStore();

    /** Made by JUnit: begins a machine with two disks. */
    @BeforeEach
    final void find() throws InterruptedException {
        relocation = hypervisor.machineRelocation().orElseThrow();
        data = anotherDisk();
        spec = spec.with(data).keptAs(Persistence.PERSISTENT);
        machine = new MachineId(spec.name());
        undoLaterOnAnother(spec);
        start(spec);
    }

    @Test
    final void a_running_machine_goes_to_other_storage_and_its_disks_are_the_volumes_that_they_were()
            throws InterruptedException {
        Relocation away = Relocation.onItsHost().storedAt(anotherStore());

        succeeds(relocation.start(machine, away));

        assertThat(volumes(hypervisor)).containsExactly(disk.volume(), data.volume());
        assertThat(disks(machine))
                .allSatisfy(each -> assertThat(isAt(each, anotherStore())).isTrue());
        assertThat(state(machine)).contains(MachineState.RUNNING);
        List<MachineDisk> moved = disks(machine);
        succeeds(relocation.start(machine, away));
        assertThat(disks(machine)).as("asked for again").isEqualTo(moved);
        assertThat(relocation.find(machine)).isEmpty();
        assertThat(hypervisor.start(spec).disks()).as("an equal request").isEqualTo(moved);
    }

    @Test
    final void one_disk_goes_alone() throws InterruptedException {
        succeeds(relocation.start(machine, Relocation.onItsHost().moving(data.volume(), anotherStore())));

        assertThat(disks(machine)).first().isEqualTo(place(disk));
        assertThat(volumes(hypervisor)).containsExactly(disk.volume(), data.volume());
        assertThat(isAt(disks(machine).get(1), anotherStore())).isTrue();
    }

    @Test
    final void a_running_machine_goes_to_another_host_and_its_disks_stay() throws InterruptedException {
        Hypervisor another = connectionToAnother();

        succeeds(relocation.start(machine, Relocation.to(another)));

        assertThat(hypervisor.find(machine)).isEmpty();
        assertThat(another.find(machine).orElseThrow().state()).isEqualTo(MachineState.RUNNING);
        assertThat(another.find(machine).orElseThrow().disks()).containsExactly(place(disk), place(data));
        succeeds(relocation.start(machine, Relocation.to(another)));
        assertThat(another.list()).filteredOn(each -> each.id().equals(machine)).hasSize(1);
    }

    @Test
    final void a_machine_goes_to_another_host_and_other_storage_at_once() throws InterruptedException {
        Hypervisor another = connectionToAnother();

        succeeds(relocation.start(machine, Relocation.to(another).storedAt(anotherStore())));

        assertThat(hypervisor.find(machine)).isEmpty();
        assertThat(volumes(another)).containsExactly(disk.volume(), data.volume());
        assertThat(another.find(machine).orElseThrow().disks())
                .allSatisfy(each -> assertThat(isAt(each, anotherStore())).isTrue());
    }

    @Test
    final void what_is_not_there_is_not_found_and_nothing_is_no_request() throws InterruptedException {
        Relocation away = Relocation.onItsHost().storedAt(anotherStore());

        refuses(Failure.NOT_FOUND, () -> relocation.start(new MachineId(unique()), away));
        refuses(
                Failure.NOT_FOUND,
                () -> relocation.start(machine, away.moving(new VolumeId(unique()), anotherStore())));
        refuses(
                Failure.NOT_FOUND,
                () -> relocation.start(machine, Relocation.onItsHost().storedAt(absentStore())));
        refuses(
                Failure.NOT_FOUND,
                () -> relocation.start(machine, Relocation.onItsHost().moving(data.volume(), absentStore())));
        refuses(Failure.INVALID_REQUEST, () -> relocation.start(machine, Relocation.onItsHost()));
        assertThat(disks(machine)).containsExactly(place(disk), place(data));
        assertThat(relocation.find(machine)).isEmpty();
        assertThat(relocation.find(new MachineId(unique()))).isEmpty();
    }

    private static void succeeds(MachineMoveJob job) throws InterruptedException {
        assertThat(job.await(PATIENCE)).get().isInstanceOf(JobVerdict.Succeeded.class);
        assertThat(job.progress().percent()).isEqualTo(100);
        job.cancel();
        assertThat(job.await(PATIENCE)).as("cancelled too late").get().isInstanceOf(JobVerdict.Succeeded.class);
    }

    private List<VolumeId> volumes(Hypervisor host) throws InterruptedException {
        return host.find(machine).orElseThrow().disks().stream()
                .map(MachineDisk::volume)
                .toList();
    }

    private static boolean isAt(MachineDisk disk, Path store) {
        return disk.attachment().match(device -> false, file -> file.path().startsWith(store), remote -> false);
    }
}
